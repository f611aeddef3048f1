/** The positions of a sequence's lifelines. */
import { LINE, type Style, widthOf } from '../../src/cli/drawing/text.js';
import type { Lifeline, Note, Row, Sequence } from './sequence.js';

export type Columns = ReadonlyMap<Lifeline, number>;

export const MARGIN = 8;
/** Between the ends of an arrow and its text, and between a box and its content. */
export const PADDING = 8;
/** Height of the boxes in which the lifelines start. */
export const HEAD = LINE + PADDING;
/** Heights of a message (its text above its arrow) and of a note. */
export const MESSAGE = LINE + 8;
export const NOTE = LINE + 8;
/** Width of the loop of a message from a lifeline to itself. */
export const LOOP = 20;
/** Radius of the number of an event. */
export const BADGE = 8;
/** The smallest distance of neighbours. */
const NEAREST = 96;

export function heightOf({ type }: Row): number {
  return type === 'note' ? NOTE : MESSAGE;
}

export function textWidth(text: string, style: Style = 'description'): number {
  return widthOf([{ text, style }]);
}

export function headWidth(lifeline: Lifeline): number {
  return textWidth(lifeline, 'name') + 2 * PADDING;
}

export function halfOf(note: Note): number {
  return textWidth(note.text) / 2 + PADDING;
}

/** The narrowest columns in which each text fits between the ends of its arrow, stretched to `width`. */
export function columnsOf(sequence: Sequence, width: number): Columns {
  const { lifelines } = sequence;
  const gaps = gapsOf(sequence);
  const left = MARGIN + Math.max(headWidth(lifelines[0]!) / 2, 2 * BADGE + PADDING);
  const right = left + sumOf(gaps) + headWidth(lifelines.at(-1)!) / 2;
  const more = Math.max(0, width - right) / gaps.length;
  const columns = new Map<Lifeline, number>();
  let x = left;
  for (const [index, lifeline] of lifelines.entries()) {
    columns.set(lifeline, Math.floor(x));
    x += (gaps[index] ?? 0) + more;
  }
  return columns;
}

/** The room that a part of the picture needs between two lifelines. */
interface Need {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** The space after each lifeline but the last. */
function gapsOf({ lifelines, rows }: Sequence): number[] {
  const gaps = lifelines.slice(1).map(() => NEAREST);
  const needs = rows.flatMap((row) => needsOf(row, lifelines));
  needs.sort((a, b) => a.to - a.from - (b.to - b.from));
  for (const { from, to, width } of needs) {
    const isInside = from >= 0 && to < lifelines.length;
    if (isInside) gaps[to - 1]! += Math.max(0, width - sumOf(gaps.slice(from, to)));
  }
  return gaps;
}

function needsOf(row: Row, lifelines: readonly Lifeline[]): Need[] {
  if (row.type === 'note') {
    const at = lifelines.indexOf(row.at);
    const width = halfOf(row) + MARGIN;
    return [
      { from: at - 1, to: at, width },
      { from: at, to: at + 1, width },
    ];
  }
  const ends = [lifelines.indexOf(row.from), lifelines.indexOf(row.to)];
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  if (from === to) return [{ from, to: to + 1, width: LOOP + textWidth(row.text) + 2 * PADDING }];
  return [{ from, to, width: textWidth(row.text) + 4 * PADDING }];
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** The width of the picture: at least `width`. */
export function extentOf({ lifelines, rows }: Sequence, columns: Columns, width: number): number {
  const heads = lifelines.map((lifeline) => columns.get(lifeline)! + headWidth(lifeline) / 2);
  return Math.ceil(Math.max(width, ...heads, ...rows.map((row) => rightOf(row, columns)))) + MARGIN;
}

function rightOf(row: Row, columns: Columns): number {
  if (row.type === 'note') return columns.get(row.at)! + halfOf(row);
  const right = Math.max(columns.get(row.from)!, columns.get(row.to)!);
  return row.from === row.to ? right + LOOP + PADDING + textWidth(row.text) : right;
}

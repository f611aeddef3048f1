/** Where the lifelines of a sequence stand. */
import { LINE, type Style, widthOf } from '../diagrams/text.js';
import type { Lifeline, Note, Row, Sequence } from './sequence.js';

export type Columns = ReadonlyMap<Lifeline, number>;

export const MARGIN = 8;
/** Between the ends of an arrow and its text, and between a box and what is in it. */
export const PADDING = 8;
/** Of the boxes in which the lifelines begin. */
export const HEAD = LINE + PADDING;
/** What a message takes, its text standing on its arrow, and what a note takes. */
export const MESSAGE = LINE + 8;
export const NOTE = LINE + 8;
/** How far a message to oneself goes out. */
export const LOOP = 20;
/** Radius of the number of an event. */
export const BADGE = 8;
/** Neighbours stand no closer. */
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

/** Columns in which each text stands between the ends of its arrow, as narrow as may be; together as wide as asked for. */
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

/** A part of the picture that needs room, between two lifelines. */
interface Need {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** The space behind each lifeline but the last. */
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

/** How wide the picture is: at least as asked for. */
export function extentOf({ lifelines, rows }: Sequence, columns: Columns, width: number): number {
  const heads = lifelines.map((lifeline) => columns.get(lifeline)! + headWidth(lifeline) / 2);
  return Math.ceil(Math.max(width, ...heads, ...rows.map((row) => rightOf(row, columns)))) + MARGIN;
}

function rightOf(row: Row, columns: Columns): number {
  if (row.type === 'note') return columns.get(row.at)! + halfOf(row);
  const right = Math.max(columns.get(row.from)!, columns.get(row.to)!);
  return row.from === row.to ? right + LOOP + PADDING + textWidth(row.text) : right;
}

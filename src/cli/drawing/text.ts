/** Text as it is drawn: lines of pieces in different colours, whose width is known without a font. */
import { causeText, type Kind, type Reaction } from './picture.js';

/** The role of a piece of text, which determines its colour. */
export type Style = Kind | 'name' | 'description' | 'guard' | 'output';

export interface Piece {
  readonly text: string;
  readonly style: Style;
}

/** Leading spaces are its indentation. */
export type Line = readonly Piece[];

/** Height of a line. */
export const LINE = 16;
/** Font sizes of names and of other text. */
export const NAME = 12;
export const LETTER = 11;

/** The widest of the monospaced fonts in common use: SF Mono. */
const WIDTH_TO_SIZE = 0.62;

export function widthOf(line: Line): number {
  const widths = line.map(({ text, style }) => text.length * WIDTH_TO_SIZE * (style === 'name' ? NAME : LETTER));
  return Math.ceil(widths.reduce((sum, width) => sum + width, 0));
}

export function widest(lines: readonly Line[]): number {
  return Math.max(0, ...lines.map(widthOf));
}

/** The indentation of a line in pixels. */
export function indentOf([first]: Line): number {
  return Math.round((first!.text.length - first!.text.trimStart().length) * WIDTH_TO_SIZE * LETTER);
}

/** Breaks a text between words into lines of at most `limit` characters, unless a word is longer. */
export function wrap(text: string, style: Style, limit: number): Line[] {
  const words = text.split(' ').filter((word) => word !== '');
  return fill(
    words.map((word) => ({ text: word, style })),
    limit,
    '',
  );
}

/** Breaks a reaction between its parts. All lines but the first are indented. */
export function wrapReaction({ causes, guard, outputs, from, to }: Reaction, limit: number): Line[] {
  const conditions = guard === undefined ? [] : alternatives(`[${guard}]`);
  const pieces: Piece[] = [
    ...(from === undefined ? [] : [{ text: `${from}:`, style: 'name' as const }]),
    ...causes.map((cause, index) => ({ text: listed(causeText(cause), index, causes), style: cause.kind })),
    ...conditions.map((text) => ({ text, style: 'guard' as const })),
    ...outputs
      .flatMap((output, index) => alternatives(listed(index === 0 ? `/ ${output}` : output, index, outputs)))
      .map((text) => ({ text, style: 'output' as const })),
    ...(to === undefined ? [] : [{ text: `→ ${to}`, style: 'name' as const }]),
  ];
  return fill(pieces, limit, '  ');
}

/** The parts between which a text may be broken: before `and` and `or`. */
function alternatives(text: string): string[] {
  return text.split(/ (?=(?:and|or) )/);
}

function listed(text: string, index: number, list: readonly unknown[]): string {
  return index < list.length - 1 ? `${text},` : text;
}

function fill(pieces: readonly Piece[], limit: number, indent: string): Line[] {
  const lines: Piece[][] = [];
  for (const piece of pieces) {
    const line = lines.at(-1);
    if (line === undefined) lines.push([piece]);
    else if (lengthOf(line) + 1 + piece.text.length > limit) lines.push([{ ...piece, text: indent + piece.text }]);
    else append(line, { ...piece, text: ` ${piece.text}` });
  }
  return lines;
}

function append(line: Piece[], piece: Piece): void {
  const last = line.at(-1)!;
  if (last.style === piece.style) line[line.length - 1] = { ...last, text: last.text + piece.text };
  else line.push(piece);
}

function lengthOf(line: Line): number {
  return line.reduce((length, { text }) => length + text.length, 0);
}

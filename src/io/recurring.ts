/**
 * Header sections that come again.
 *
 * Most clients send the same fields with each request of a connection, and many clients send the same as each other.
 * A section is recognised by its text; what was once cut out of it is given again, and what others have made of it can
 * be kept with it. A small table for the process, a place by the look of the text, the newer section taking the place.
 */
import type { KnownSection } from '../events/wire.js';

const PLACES = 256;
/** Characters of the longest section that is kept: the table holds half a megabyte at most. */
const LONGEST = 2048;

const table: (KnownSection | undefined)[] = new Array(PLACES).fill(undefined);

function placeOf(text: string): number {
  const { length } = text;
  return (length * 31 + text.charCodeAt(length >> 1) * 7 + text.charCodeAt(length - 1)) & (PLACES - 1);
}

/** The section of that text, if it has come before. */
export function recall(text: string): KnownSection | undefined {
  if (text.length === 0 || text.length > LONGEST) return undefined;
  const section = table[placeOf(text)];
  return section !== undefined && section.text === text ? section : undefined;
}

/** Keeps a section. `fields` must not be changed any more. */
export function remember(text: string, fields: readonly string[]): void {
  if (text.length > 0 && text.length <= LONGEST) {
    table[placeOf(text)] = { text, fields, headers: undefined, findings: undefined };
  }
}

/**
 * Header sections that recur.
 *
 * Most clients send the same fields with each request of a connection, and many clients send identical fields.
 * A section is recognised by its text. Its fields are then reused, and so are values that others derived from them and kept
 * with it. The process has one small table; a cheap hash of the text selects the place, and a newer section replaces the
 * older one there.
 */
import type { KnownSection } from '../events/wire.js';

const PLACES = 256;
/** The length of the longest section that is kept, in characters: the table holds at most half a megabyte. */
const LONGEST = 2048;

/** The number that no section has. */
export const NO_SECTION = -1;

class Section implements KnownSection {
  readonly number: number;
  readonly text: string;
  readonly fields: readonly string[];
  headers: KnownSection['headers'] = undefined;
  findings: KnownSection['findings'] = undefined;
  announced: KnownSection['announced'] = undefined;
  target = '';
  message: KnownSection['message'] = undefined;

  constructor(number: number, text: string, fields: readonly string[]) {
    this.number = number;
    this.text = text;
    this.fields = fields;
  }

  /** An observed head has its fields besides, and the section leads back to a head. */
  toJSON(): undefined {
    return undefined;
  }
}

const table: (KnownSection | undefined)[] = new Array(PLACES).fill(undefined);

let made = 0;

function placeOf(text: string): number {
  const { length } = text;
  return (length * 31 + text.charCodeAt(length >> 1) * 7 + text.charCodeAt(length - 1)) & (PLACES - 1);
}

/** The section with this text, if it is known. */
export function recall(text: string): KnownSection | undefined {
  if (text.length === 0 || text.length > LONGEST) return undefined;
  const section = table[placeOf(text)];
  return section !== undefined && section.text === text ? section : undefined;
}

/** Keeps a section. `fields` must not change afterwards. */
export function remember(text: string, fields: readonly string[]): void {
  if (text.length > 0 && text.length <= LONGEST) {
    const place = placeOf(text);
    table[place] = new Section(PLACES * made++ + place, text, fields);
  }
}

/** The section with that number, unless a newer one has replaced it. */
export function sectionNumbered(number: number): KnownSection | undefined {
  const section = table[number & (PLACES - 1)];
  return section?.number === number ? section : undefined;
}

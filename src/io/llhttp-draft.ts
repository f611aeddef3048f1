/**
 * The text of a head or a trailer section while it is read.
 *
 * llhttp reports spans: the positions of pieces of the target, of names and of values. While it runs, they are only noted, in
 * one array for the process; they are cut out of the bytes together at the end of the section or the chunk. A piece that is
 * cut off by the end of a chunk continues in the next span of its kind. Names and values alternate (an empty value is an
 * empty span), so two successive spans of one kind are one text. So are the lines of a folded value.
 */

import type { KnownSection } from '../events/wire.js';
import { recall, remember } from './recurring.js';

/** Kinds of span. START is the target of a request or the reason phrase of a response. */
export const START = 0;
export const FIELD = 1;
export const VALUE = 2;
export type SpanKind = typeof START | typeof FIELD | typeof VALUE;

/** Two numbers per span: its start with its kind in the lowest two bits, and its end. */
let spans = new Int32Array(512);
let used = 0;
/** The bytes and the lines of the section so far, and the kind of its last span. */
export let size = 0;
export let lines = 0;
let latest: SpanKind = START;

export function noteSpan(kind: SpanKind, start: number, end: number): void {
  if (used === spans.length) {
    const grown = new Int32Array(used * 2);
    grown.set(spans);
    spans = grown;
  }
  spans[used] = (start << 2) | kind;
  spans[used + 1] = end;
  used += 2;
  size += end - start;
  if (kind === FIELD && latest !== FIELD) lines++;
  latest = kind;
}

export function hasSpans(): boolean {
  return used !== 0;
}

/** The start of the first span of the piece; 0 if there is none. */
export function startOfSpans(): number {
  return used === 0 ? 0 : spans[0]! >> 2;
}

/** The end of the last span; 0 if there is none. */
export function endOfSpans(): number {
  return used === 0 ? 0 : spans[used - 1]!;
}

/** Before spans are noted. @param draft what was suspended of the section */
export function beginSpans(draft: Draft | undefined): void {
  used = 0;
  size = draft === undefined ? 0 : draft.size;
  lines = draft === undefined ? 0 : draft.lines;
  latest = draft === undefined ? START : draft.last;
}

export class Draft {
  /** The request target or the reason phrase. */
  start = '';
  /** name, value, name, value … */
  fields: string[] = [];
  section: KnownSection | undefined = undefined;
  last: SpanKind = START;
  /** Its bytes and lines, if it was suspended. */
  size = 0;
  lines = 0;

  /** Cuts the section's last spans out of `bytes`. */
  complete(bytes: Buffer): this {
    if (used !== 0) {
      if (this.isFresh && (spans[0]! & 3) === START && used > 2 && (spans[2]! & 3) === FIELD) this.cutHead(bytes);
      else this.cutAll(bytes);
    }
    this.close();
    beginSpans(undefined);
    return this;
  }

  private get isFresh(): boolean {
    return this.last === START && this.start === '';
  }

  /** Cuts a head that lies in one piece: its fields may be known. */
  private cutHead(bytes: Buffer): void {
    this.start = bytes.latin1Slice(spans[0]! >> 2, spans[1]!);
    const text = bytes.latin1Slice(spans[2]! >> 2, spans[used - 1]!);
    this.section = recall(text);
    if (this.section !== undefined) {
      this.fields = this.section.fields.slice();
      used = 0;
      return;
    }
    this.cut(text, 2);
    this.close();
    this.last = START;
    remember(text, this.fields.slice());
  }

  /**
   * Cuts spans of a section that continues in the next chunk. Each text is a separate copy: otherwise it would keep the white
   * space between spans, which no limit counts.
   */
  suspend(bytes: Buffer): this {
    for (let at = 0; at < used; at += 2) {
      const packed = spans[at]!;
      this.add((packed & 3) as SpanKind, bytes.latin1Slice(packed >> 2, spans[at + 1]!));
    }
    used = 0;
    this.size = size;
    this.lines = lines;
    return this;
  }

  private cutAll(bytes: Buffer): void {
    this.cut(bytes.latin1Slice(spans[0]! >> 2, spans[used - 1]!), 0);
  }

  /** Cuts the spans from `first` on out of `text`, which starts at the first of them. */
  private cut(text: string, first: number): void {
    const base = spans[first]! >> 2;
    for (let at = first; at < used; at += 2) {
      const packed = spans[at]!;
      this.add((packed & 3) as SpanKind, text.substring((packed >> 2) - base, spans[at + 1]! - base));
    }
    used = 0;
  }

  /** Ends the last value. */
  private close(): void {
    if (this.last === VALUE) this.trimValue();
  }

  private add(kind: SpanKind, piece: string): void {
    const { fields } = this;
    if (kind === START) this.start = join(this.start, piece);
    else if (kind === this.last) fields[fields.length - 1] = join(fields[fields.length - 1]!, piece);
    else {
      this.close();
      fields.push(piece);
    }
    this.last = kind;
  }

  /** Removes the white space that llhttp leaves after a value. */
  private trimValue(): void {
    const last = this.fields.length - 1;
    const value = this.fields[last]!;
    let end = value.length;
    while (end > 0 && isWhiteSpace(value.charCodeAt(end - 1))) end--;
    if (end < value.length) this.fields[last] = value.substring(0, end);
  }
}

/**
 * Joins two texts to one flat string. V8 would keep a node for each piece of a text that comes byte by byte: 32 times the size
 * of the text. Reading a character flattens it.
 */
function join(text: string, piece: string): string {
  const joined = text + piece;
  joined.charCodeAt(0);
  return joined;
}

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

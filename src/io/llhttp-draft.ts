/**
 * The text of a head or of a trailer section while it is read.
 *
 * llhttp tells spans: where in the bytes a piece of the target, of a name or of a value lies. They are only noted while it
 * runs, in one array for the process, and cut out of the bytes together, when the section or the chunk is over. A piece that
 * the end of a chunk cut off goes on in the next span of its kind. Names and values alternate, an empty value being an empty
 * span, so two spans of one kind in a row are one text (so are the lines of a folded value).
 */

import type { KnownSection } from '../events/wire.js';
import { recall, remember } from './recurring.js';

/** Kinds of span. START is the target of a request, or the reason phrase of a response. */
export const START = 0;
export const FIELD = 1;
export const VALUE = 2;
export type SpanKind = typeof START | typeof FIELD | typeof VALUE;

/** Two numbers a span: its start with its kind in the lowest two bits, and its end. */
let spans = new Int32Array(512);
let used = 0;

export function noteSpan(kind: SpanKind, start: number, end: number): void {
  if (used === spans.length) {
    const grown = new Int32Array(used * 2);
    grown.set(spans);
    spans = grown;
  }
  spans[used] = (start << 2) | kind;
  spans[used + 1] = end;
  used += 2;
}

export function hasSpans(): boolean {
  return used !== 0;
}

/** Where the last span ends; 0 when there is none. */
export function endOfSpans(): number {
  return used === 0 ? 0 : spans[used - 1]!;
}

export function forgetSpans(): void {
  used = 0;
}

export class Draft {
  /** The request target or the reason phrase. */
  start = '';
  /** name, value, name, value … */
  fields: string[] = [];
  section: KnownSection | undefined = undefined;
  private last: SpanKind = START;

  /** Cuts the noted spans, the last of the section, out of `bytes` and forgets them. */
  complete(bytes: Buffer): this {
    if (used !== 0) {
      if (this.isFresh && (spans[0]! & 3) === START && used > 2 && (spans[2]! & 3) === FIELD) this.cutHead(bytes);
      else this.cutAll(bytes);
    }
    this.close();
    return this;
  }

  private get isFresh(): boolean {
    return this.last === START && this.start === '';
  }

  /** A head that lies in one piece: its fields may be known. */
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
   * The same for spans of a section that goes on in the next chunk. Each is a copy of its own: a peer that sends white space,
   * which no limit counts, must not have it kept.
   */
  suspend(bytes: Buffer): this {
    for (let at = 0; at < used; at += 2) {
      const packed = spans[at]!;
      this.add((packed & 3) as SpanKind, bytes.latin1Slice(packed >> 2, spans[at + 1]!));
    }
    used = 0;
    return this;
  }

  private cutAll(bytes: Buffer): void {
    this.cut(bytes.latin1Slice(spans[0]! >> 2, spans[used - 1]!), 0);
  }

  /** Cuts the spans from `first` on out of `text`, which begins where they begin. */
  private cut(text: string, first: number): void {
    const base = spans[first]! >> 2;
    for (let at = first; at < used; at += 2) {
      const packed = spans[at]!;
      this.add((packed & 3) as SpanKind, text.substring((packed >> 2) - base, spans[at + 1]! - base));
    }
    used = 0;
  }

  /** The value before is over. */
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

  /** Takes off the white space that llhttp leaves behind a value. */
  private trimValue(): void {
    const last = this.fields.length - 1;
    const value = this.fields[last]!;
    let end = value.length;
    while (end > 0 && isUnsent(value.charCodeAt(end - 1))) end--;
    if (end < value.length) this.fields[last] = value.substring(0, end);
  }
}

/**
 * One flat string of two. Left to itself, V8 would keep a node for each piece of a text that comes byte by byte: 32 times the
 * text. Looking at a character makes it one piece.
 */
function join(text: string, piece: string): string {
  const joined = text + piece;
  joined.charCodeAt(0);
  return joined;
}

function isUnsent(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Where the body of such a message ends is not known (RFC 9112 §6.3). Later releases of llhttp refuse it themselves. */
export function hasEmptyCoding(fields: readonly string[]): boolean {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    if (name.length === 17 && fields[at + 1] === '' && name.toLowerCase() === 'transfer-encoding') return true;
  }
  return false;
}

/** A receiver rejects a NUL, or replaces it (RFC 9110 §5.5). A name has none. */
export function hasNul(fields: readonly string[]): boolean {
  return fields.some((text) => text.includes('\0'));
}

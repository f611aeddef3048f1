/**
 * The text of a head or of a trailer section while it is read.
 *
 * llhttp tells spans: where in the chunk a piece of the target, of a name or of a value lies. They are only noted while it
 * runs, in one array for the process, and cut out of the chunk together, when the section or the chunk is over. A piece
 * cut off by the end of a chunk goes on in the next span of its kind: names and values alternate, an empty value being an
 * empty span, so two spans of one kind in a row are one text (so are the lines of a folded value).
 */

/** Kinds of span. START is the target of a request or the reason phrase of a response. */
export const START = 0;
export const FIELD = 1;
export const VALUE = 2;
type SpanKind = typeof START | typeof FIELD | typeof VALUE;

/** Two numbers a span: start and kind, packed; end. Offsets into the bytes being read. */
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

export function forgetSpans(): void {
  used = 0;
}

export class Draft {
  /** The request target or the reason phrase. */
  start = '';
  /** name, value, name, value … */
  readonly fields: string[] = [];
  private last: SpanKind = START;

  /** Cuts the noted spans out of `bytes` and forgets them. */
  absorb(bytes: Buffer): this {
    if (used === 0) return this;
    const base = spans[0]! >> 2;
    const text = bytes.latin1Slice(base, spans[used - 1]!);
    for (let at = 0; at < used; at += 2) {
      const packed = spans[at]!;
      this.add((packed & 3) as SpanKind, text.substring((packed >> 2) - base, spans[at + 1]! - base));
    }
    used = 0;
    return this;
  }

  /** The finished list. */
  close(): string[] {
    if (this.last === VALUE) this.trimValue();
    return this.fields;
  }

  private add(kind: SpanKind, piece: string): void {
    const { fields } = this;
    if (kind === START) this.start += piece;
    else if (kind === this.last) fields[fields.length - 1] += piece;
    else {
      if (this.last === VALUE) this.trimValue();
      fields.push(piece);
    }
    this.last = kind;
  }

  /** Takes off what llhttp leaves at the end of a value: OWS (RFC 9110 §5.5). */
  private trimValue(): void {
    const last = this.fields.length - 1;
    const value = this.fields[last]!;
    let end = value.length;
    while (end > 0 && isBlank(value.charCodeAt(end - 1))) end--;
    if (end < value.length) this.fields[last] = value.substring(0, end);
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** The number of such a length takes one byte. */
const SHORT = 127;
/** Up to so many bytes a loop is faster than a call of the host. */
const LOOPED = 256;

/** Writes numbers and texts into a buffer. Whoever writes has made sure that there is room. */
export class Pen {
  buffer: Buffer;
  at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  byte(value: number): void {
    this.buffer[this.at++] = value;
  }

  /** 32 bits, the lowest byte first. */
  word(value: number): void {
    this.byte(value);
    this.byte(value >>> 8);
    this.byte(value >>> 16);
    this.byte(value >>> 24);
  }

  /** A whole number from 0, of at most 53 bits: 7 bits in a byte, the lowest first. */
  number(value: number): void {
    let left = value;
    while (left > 0x7fffffff) {
      this.buffer[this.at++] = (left % 128) | 0x80;
      left = Math.floor(left / 128);
    }
    while (left > 127) {
      this.buffer[this.at++] = (left & 127) | 0x80;
      left >>>= 7;
    }
    this.buffer[this.at++] = left;
  }

  /** Characters that are bytes, without their number. */
  latin1(text: string): void {
    const { length } = text;
    if (length > LOOPED) {
      this.at += this.buffer.write(text, this.at, length, 'latin1');
      return;
    }
    const { buffer } = this;
    let { at } = this;
    for (let i = 0; i < length; i++) buffer[at++] = text.charCodeAt(i);
    this.at = at;
  }

  /** Most is short and ASCII. */
  utf8(text: string): void {
    const { length } = text;
    if (length > SHORT) {
      this.write(text);
      return;
    }
    const { buffer } = this;
    let { at } = this;
    buffer[at++] = length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.write(text);
        return;
      }
      buffer[at++] = code;
    }
    this.at = at;
  }

  private write(text: string): void {
    const length = Buffer.byteLength(text);
    this.number(length);
    this.at += this.buffer.write(text, this.at, length, 'utf8');
  }

  /** The bytes from `from` to `to`. */
  bytes(bytes: Uint8Array, from = 0, to = bytes.length): void {
    const { buffer } = this;
    let { at } = this;
    this.at += to - from;
    if (to - from > LOOPED) buffer.set(bytes.subarray(from, to), at);
    else for (let i = from; i < to; i++) buffer[at++] = bytes[i] as number;
  }
}

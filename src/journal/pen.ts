/** The number of such a length takes one byte. */
const SHORT = 127;

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

  /** A text whose characters are bytes. */
  latin1(text: string): void {
    this.number(text.length);
    this.at += this.buffer.write(text, this.at, text.length, 'latin1');
  }

  /** Text that is short and ASCII, as most is, takes a loop here: that's faster than a call of the host. */
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

  bytes(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }
}

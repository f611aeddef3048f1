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

  /** As `utf8`, for text that is mostly short and ASCII: then a loop is faster than a call of the host. */
  short(text: string): void {
    const { length } = text;
    if (length > 127) {
      this.utf8(text);
      return;
    }
    const { buffer } = this;
    let { at } = this;
    buffer[at++] = length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.utf8(text);
        return;
      }
      buffer[at++] = code;
    }
    this.at = at;
  }

  utf8(text: string): void {
    const length = Buffer.byteLength(text);
    this.number(length);
    this.at += this.buffer.write(text, this.at, length, 'utf8');
  }

  bytes(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }
}

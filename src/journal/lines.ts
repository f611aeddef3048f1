/** The lines of a recorder. Those of connections that are over go when their frames are overwritten (keeper.ts). */
import { type Ended, Line } from './line.js';
import type { Ring } from './ring.js';

/** What is known of a connection, and of a request, in bytes, without how exchanges have ended. */
const CONNECTION_SIZE = 640;
const REQUEST_SIZE = 240;
/** How an exchange has ended takes so many bytes, and its texts. */
const ENDED_SIZE = 200;
/** How many ended exchanges of a line are remembered: the latest of them, and at most as many again. */
const LATEST_ENDED = 16;

/** Texts take two bytes a character at most, and the path is a part of another one. */
const sizeOf = ({ what, path }: Ended): number => ENDED_SIZE + 2 * (what.length + (path?.length ?? 0));

const sizeOfLine = (number: number): number => (number % 2 === 1 ? REQUEST_SIZE : CONNECTION_SIZE);

export class Lines extends Map<number, Line> {
  private readonly ring: Ring<Line>;
  /** How many bytes they may take, and endings of all of them; it is more while connections that are not over need more. */
  private readonly most: number;
  private limit: number;
  private sizeOfLines = 0;
  private sizeOfEnded = 0;
  /** How many are remembered now. */
  private latestEnded = LATEST_ENDED;

  /** @param bytes how many they may take. With more lines the oldest frames are given up, with more endings the oldest of each line */
  constructor(ring: Ring<Line>, bytes: number) {
    super();
    this.ring = ring;
    this.most = bytes;
    this.limit = bytes;
  }

  /** How many bytes they take. */
  get bytes(): number {
    return this.sizeOfLines + this.sizeOfEnded;
  }

  at(number: number): Line {
    return this.get(number) ?? this.begin(number);
  }

  private begin(number: number): Line {
    if (this.bytes >= this.limit) {
      this.ring.dropOldest();
      // Those of connections that are not over stay, however many they are.
      this.limit = Math.max(this.most, this.bytes + this.most / 8);
    }
    const line = new Line(number);
    line.first = this.ring.number;
    // Unless it begins now, it can be replayed from its first mark at the earliest.
    line.hasLost = number % 2 === 0;
    this.set(number, line);
    this.sizeOfLines += sizeOfLine(number);
    return line;
  }

  /** An exchange of the line has ended. */
  addEnded(line: Line, ended: Ended): void {
    if (line.ended.length === 0) line.ended = [ended];
    else line.ended.push(ended);
    this.sizeOfEnded += sizeOf(ended);
    if (line.ended.length > 2 * this.latestEnded) this.forgetEnded(line, this.latestEnded);
    if (this.sizeOfEnded > this.most / 2) this.thin();
  }

  /** The line is needed no longer. */
  forget(line: Line): void {
    this.forgetEnded(line, 0);
    if (this.delete(line.number)) this.sizeOfLines -= sizeOfLine(line.number);
    if (this.latestEnded < LATEST_ENDED && this.sizeOfEnded * 8 < this.most) this.latestEnded *= 2;
  }

  /** Forgets the oldest endings of a line but for so many. */
  private forgetEnded(line: Line, count: number): void {
    if (line.ended.length <= count) return;
    for (const ended of line.ended.splice(0, line.ended.length - count)) this.sizeOfEnded -= sizeOf(ended);
  }

  /** Each line keeps half as many; if that isn't enough, the oldest lines keep none. */
  private thin(): void {
    const enough = this.most * (7 / 16);
    while (this.latestEnded > 1 && this.sizeOfEnded > enough) {
      this.latestEnded >>= 1;
      for (const line of this.values()) this.forgetEnded(line, this.latestEnded);
    }
    for (const line of this.values()) {
      if (this.sizeOfEnded <= enough) return;
      this.forgetEnded(line, 0);
    }
  }
}

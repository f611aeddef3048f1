/**
 * The memory of a journal: segments that are written one after the other, and then anew. It never grows above what it was given.
 *
 * Rule 1: a segment can be read alone: its first frame has a line, and the time counts from its own beginning.
 * Rule 2: before a segment is written anew, its owner is asked what of it must be kept (`onReuse`).
 * Rule 3: memory is taken when it is first needed.
 */
import { Pen } from './pen.js';
import { SAME_LINE, SAME_TIME } from './vocabulary.js';

export interface Segment<Line = unknown> {
  readonly buffer: Buffer;
  /** How many bytes are written. */
  length: number;
  /** Its position among all segments so far, from 0. */
  number: number;
  /** When it begins, in µs on the engine's clock. */
  begins: number;
  /** The lines that have frames in it. */
  readonly lines: Line[];
}

const LARGEST = 256 * 1024;
/** A line and a time take at most 16 bytes. */
const HEAD = 20;

export class Ring<Line = unknown> {
  readonly pen: Pen;
  /** The number of bytes of a segment. */
  readonly size: number;
  private readonly count: number;
  private readonly segments: Segment<Line>[] = [];
  private current: Segment<Line>;
  /** Called when a segment is full. */
  onFull: ((segment: Segment<Line>) => void) | undefined;
  private readonly onReuse: (segment: Segment<Line>) => void;
  private line = -1;
  private time = 0;
  private numbers = 0;

  /**
   * @param bytes how many it may take
   * @param onReuse called before a segment is written anew
   */
  constructor(bytes: number, onReuse: (segment: Segment<Line>) => void) {
    this.size = Math.min(LARGEST, Math.floor(bytes / 4));
    this.count = Math.max(2, Math.floor(bytes / this.size));
    this.onReuse = onReuse;
    this.current = this.take();
    this.pen = new Pen(this.current.buffer);
  }

  /** The position of the segment that is written. */
  get number(): number {
    return this.current.number;
  }

  /** A line has its first frame in the segment that is written. */
  note(line: Line): void {
    this.current.lines.push(line);
  }

  /** The longest payload of a frame. */
  get longest(): number {
    return this.size >> 2;
  }

  /** Begins a frame. Its line and its time are omitted if they are those of the frame before. */
  begin(kind: number, line: number, time: number, room: number): void {
    const { pen } = this;
    if (pen.at + room + HEAD > this.size) this.turn(time);
    let first = kind;
    if (line === this.line) first |= SAME_LINE;
    // A clock may have been set back, as a virtual one.
    const later = time > this.time ? time - this.time : 0;
    if (later === 0) first |= SAME_TIME;
    pen.byte(first);
    if (line !== this.line) pen.number(line);
    if (later !== 0) pen.number(later);
    this.line = line;
    if (later !== 0) this.time = time;
  }

  /** The segments that have frames, oldest first. They are views: the ring goes on. */
  *all(): Generator<Segment<Line>> {
    this.current.length = this.pen.at;
    const sorted = [...this.segments].sort((a, b) => a.number - b.number);
    for (const segment of sorted) if (segment.length > 0) yield segment;
  }

  /** Whether that segment will be written anew before as many again were written. */
  isOld(number: number): boolean {
    return (this.current.number - number) * 2 >= this.count;
  }

  /** Gives up the oldest frames. */
  dropOldest(): void {
    let oldest: Segment<Line> | undefined;
    for (const each of this.segments) {
      if (each === this.current || each.length === 0) continue;
      if (oldest === undefined || each.number < oldest.number) oldest = each;
    }
    if (oldest !== undefined) this.empty(oldest);
  }

  private empty(segment: Segment<Line>): void {
    this.onReuse(segment);
    segment.length = 0;
    segment.lines.length = 0;
  }

  /** Ends the segment that is written, if it has frames. */
  seal(time: number): void {
    if (this.pen.at > 0) this.turn(time);
  }

  private turn(time: number): void {
    const full = this.current;
    full.length = this.pen.at;
    this.current = this.take();
    this.current.begins = time;
    this.pen.buffer = this.current.buffer;
    this.pen.at = 0;
    this.line = -1;
    this.time = time;
    this.onFull?.(full);
  }

  private take(): Segment<Line> {
    const number = this.numbers++;
    const index = number % this.count;
    const known = this.segments[index];
    if (known !== undefined) {
      this.empty(known);
      known.number = number;
      return known;
    }
    const segment: Segment<Line> = {
      buffer: Buffer.allocUnsafeSlow(this.size),
      length: 0,
      number,
      begins: 0,
      lines: [],
    };
    this.segments[index] = segment;
    return segment;
  }
}

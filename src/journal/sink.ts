/** Where the segments of a journal go while it is recorded. No request waits for a sink. */
import { Writable } from 'node:stream';
import { atTurnEndUnseen } from '../io/clock.js';
import { Joiner } from './assemble.js';
import { segmentFor } from './collect.js';
import type { Line } from './line.js';
import type { Redactor } from './redactor.js';
import type { Ring, Segment } from './ring.js';
import { soon } from './turns.js';

/** Where segments go as they are full. */
export interface Sink {
  /** @returns resolves when the sink can take another. What comes before is dropped and counted, and so is what it rejects */
  write(segment: Uint8Array, meta: SegmentMeta): Promise<unknown> | undefined;
}

/** About a segment. */
export interface SegmentMeta {
  /** Its position, from 0. Missing numbers were dropped. */
  readonly number: number;
  /** How many were dropped so far. */
  readonly dropped: number;
}

/** What a way to a sink is made with. */
interface Settings {
  readonly ring: Ring<Line>;
  /** Undefined: nothing is masked. */
  readonly redactor: Redactor | undefined;
  /** The beginning of a file. */
  begin(): Buffer;
  /** A segment is dropped. @returns how many were */
  drop(): number;
}

const ignore = (): void => {};

/** The way to one sink. */
export class Outflow {
  /** What the sink is taking. */
  handing: Promise<void> | undefined;
  private readonly sink: Sink | Writable;
  private readonly settings: Settings;
  private readonly joiner = new Joiner();
  private isBusy = false;
  private isFirst = true;
  private isGuarded = false;
  private dropped: number;
  /** The lines of segments that were dropped: they have a gap. */
  private missed = new Set<number>();

  constructor(sink: Sink | Writable, settings: Settings, dropped: number) {
    this.sink = sink;
    this.settings = settings;
    this.dropped = dropped;
    this.guard();
    settings.ring.onFull = (segment) => this.take(segment);
  }

  /** Hands over no more. */
  stop(): void {
    const { ring, redactor } = this.settings;
    ring.onFull = undefined;
    void this.rest().then(() => redactor?.close());
  }

  /** Until the next segment there is nothing to hand over. */
  async rest(): Promise<void> {
    const { handing } = this;
    await handing;
    // A stream emits its error after it has called back.
    await soon();
    if (!this.isGuarded || this.handing !== handing) return;
    this.isGuarded = false;
    (this.sink as Writable).off('error', ignore);
  }

  /** An error of a stream is a dropped segment, of which the callback of the write knows, too. */
  private guard(): void {
    if (this.isGuarded || !(this.sink instanceof Writable)) return;
    this.isGuarded = true;
    this.sink.on('error', ignore);
  }

  private drop(numbers: Iterable<number>): void {
    this.dropped = this.settings.drop();
    for (const number of numbers) this.missed.add(number);
  }

  private take(segment: Segment<Line>): void {
    const numbers = segment.lines.map((line) => line.number);
    if (this.isBusy) {
      this.drop(numbers);
      return;
    }
    this.isBusy = true;
    this.guard();
    const { length, number, begins } = segment;
    const copy = { buffer: Buffer.from(segment.buffer.subarray(0, length)), length, number, begins, lines: [] };
    // Not now: a request may be waiting.
    this.handing = new Promise((resolve) => {
      atTurnEndUnseen((it) => void this.hand(it, numbers).then(resolve), copy);
    });
  }

  private async hand(copy: Segment<Line>, numbers: readonly number[]): Promise<void> {
    const gaps = this.missed;
    this.missed = new Set();
    const { begin, redactor } = this.settings;
    try {
      await soon();
      if (this.isFirst) await this.write(begin(), -1);
      this.isFirst = false;
      await this.write(segmentFor(copy, this.joiner, redactor, gaps), copy.number);
    } catch {
      this.drop([...gaps, ...numbers]);
    } finally {
      this.isBusy = false;
    }
  }

  private write(bytes: Buffer, number: number): Promise<unknown> | undefined {
    const { sink, dropped } = this;
    if (!(sink instanceof Writable)) return sink.write(bytes, { number, dropped });
    return new Promise<void>((resolve, reject) => {
      sink.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** The frames of a replay, one after the other. */
import type { Frame } from './frames.js';

/** Frames by their order. An array is one. */
export interface Frames {
  /** Undefined after the last one, and for those that were left long ago. */
  at(index: number): Frame | undefined;
  /** How many there are, or were read so far. */
  readonly length: number;
}

/** How many frames are kept of those that were left: a verdict shows some. */
const KEPT = 64;

/** An exchange that so many have followed is forgotten, unless something more happens to it. */
export const KEPT_EXCHANGES = 64;

/** Frames that are read when they are needed, and forgotten: a connection of any length is replayed in bounded memory. */
export class FrameWindow implements Frames {
  /** Why no more could be read. */
  failure: unknown;
  private readonly source: Iterator<Frame, unknown>;
  private readonly kept: Frame[] = [];
  /** The index of the first that is kept. */
  private first = 0;
  private isDone = false;

  constructor(source: Iterator<Frame, unknown>) {
    this.source = source;
  }

  get length(): number {
    return this.first + this.kept.length;
  }

  at(index: number): Frame | undefined {
    while (index >= this.length && !this.isDone) this.read();
    return this.kept[index - this.first];
  }

  private read(): void {
    try {
      const next = this.source.next();
      if (next.done === true) this.isDone = true;
      else this.kept.push(next.value);
    } catch (error) {
      // It is called where the engine works, which isn't the place for an exception.
      this.failure = error;
      this.isDone = true;
    }
    if (this.kept.length < 2 * KEPT) return;
    this.kept.splice(0, KEPT);
    this.first += KEPT;
  }

  /** No more are read. */
  close(): void {
    this.isDone = true;
    this.source.return?.();
  }
}

/** The checksums of a file: whether the frames are those that were written. */
import { sumOf } from './encode.js';
import type { Frame } from './frames.js';
import type { Frames } from './frameWindow.js';
import type { Difference } from './replayer.js';

/** A checksum of the frames of a line. */
export interface Sum {
  readonly line: number;
  /** It is that of the frames before this index, since the last one. */
  readonly count: number;
  readonly hash: number;
}

export class Checksums {
  /** The file is cut: what is there of its last frames has no checksum. */
  private readonly isTorn: boolean;
  /** The first that is wrong. */
  difference: Difference | undefined;
  private readonly hashes = new Map<number, number>();
  private count = 0;
  /** The first frame since the last checksum. */
  private from = 0;
  private expected: Frame | undefined;

  constructor(isTorn: boolean) {
    this.isTorn = isTorn;
  }

  add(frame: Frame): void {
    if (this.from === this.count) this.expected = frame;
    this.count++;
    this.hashes.set(frame.line, sumOf(frame, this.hashes.get(frame.line) ?? 0));
  }

  /** The same frames, each of which is added. */
  *adding(frames: Iterable<Frame>): Generator<Frame, void> {
    for (const frame of frames) {
      this.add(frame);
      yield frame;
    }
    this.finish();
  }

  compare(line: number, hash: number): void {
    if ((this.hashes.get(line) ?? 0) !== hash) {
      const got = `frames with another checksum, up to frame ${this.count}`;
      this.difference ??= { at: this.from, expected: this.expected, got };
    }
    this.hashes.delete(line);
    this.from = this.count;
    this.expected = undefined;
  }

  /** There are no more. */
  finish(): void {
    if (this.hashes.size > 0 && !this.isTorn)
      this.difference ??= { at: this.from, expected: undefined, got: 'frames without a checksum' };
  }
}

/** @returns where the frames are not those that were written; undefined if nowhere, or if there are no checksums */
export function damage(frames: Frames, sums: readonly Sum[], isTorn: boolean): Difference | undefined {
  if (sums.length === 0) return undefined;
  const checksums = new Checksums(isTorn);
  let at = 0;
  for (const { line, count, hash } of sums) {
    for (; at < count && at < frames.length; at++) checksums.add(frames.at(at)!);
    checksums.compare(line, hash);
  }
  for (; at < frames.length; at++) checksums.add(frames.at(at)!);
  checksums.finish();
  return checksums.difference;
}

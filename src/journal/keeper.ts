/**
 * Keeps what the ring would overwrite too early: the frames of connections that are not over. The connection that has stalled for
 * minutes is the one that is looked for, and would be the first to go.
 */

import { Encoder } from './encode.js';
import { BadFrame, FrameReader } from './frames.js';
import type { Line } from './line.js';
import type { Lines } from './lines.js';
import type { Segment } from './ring.js';

/** A connection may have one part in so many of the room. */
const SHARE = 4;

export class Keeper {
  private readonly limit: number;
  private readonly lines: Lines;
  private size = 0;
  /** How many frames were overwritten although they were needed. */
  lost = 0;

  /** @param limit in bytes @param lines all that are known */
  constructor(limit: number, lines: Lines) {
    this.limit = limit;
    this.lines = lines;
  }

  /** How many bytes it keeps. */
  get kept(): number {
    return this.size;
  }

  /** A segment is about to be written anew. */
  keep(segment: Segment<Line>): void {
    const needed = segment.lines.filter((line) => this.isNeeded(line, segment.number));
    if (needed.length > 0) this.move(segment, new Set(needed.map(({ number }) => number)));
    for (const line of segment.lines) if (line.last <= segment.number) this.forget(line);
  }

  /** A connection has a mark: what was before it is needed no longer. */
  marked(line: Line): void {
    this.drop(line);
  }

  private isNeeded(line: Line, segment: number): boolean {
    const owner = line.owner ?? line;
    if (owner.hasLost || (owner.isClosed && owner.waiting === 0) || owner.first > segment) return false;
    if (owner.sinceMark <= this.limit / SHARE) return true;
    this.lose(owner);
    return false;
  }

  private lose(line: Line): void {
    if (!line.hasLost) this.drop(line);
    line.hasLost = true;
    this.lost++;
  }

  private move(segment: Segment<Line>, numbers: ReadonlySet<number>): void {
    const encoders = new Map<Line, Encoder>();
    const reader = new FrameReader(segment.buffer, segment.length, segment.begins);
    try {
      while (!reader.isAtEnd) {
        const frame = reader.next();
        const line = numbers.has(frame.line) ? this.lines.get(frame.line) : undefined;
        if (line === undefined) continue;
        const group = line.owner ?? line;
        if (group.hasLost || this.size > this.limit || group.keptSize > this.limit / SHARE) {
          // One that is not whole can't be replayed: others need the room.
          encoders.delete(group);
          this.lose(group);
          continue;
        }
        let encoder = encoders.get(group);
        if (encoder === undefined) {
          encoder = new Encoder(2048, false);
          encoders.set(group, encoder);
        }
        const before = encoder.length;
        encoder.add(frame);
        this.size += encoder.length - before;
        group.keptSize += encoder.length - before;
      }
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
    }
    for (const [line, encoder] of encoders) line.addKept({ begins: encoder.begins, bytes: encoder.take() });
  }

  /** Nothing of the line is in the ring any more. */
  private forget(line: Line): void {
    const isOver = line.isClosed ? line.waiting === 0 : line.owner !== undefined;
    if (!isOver) return;
    this.drop(line);
    this.lines.forget(line);
  }

  private drop(line: Line): void {
    this.size -= line.keptSize;
    line.keptSize = 0;
    if (line.kept.length > 0) line.kept = [];
  }
}

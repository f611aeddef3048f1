/** The frames of connections, out of those of their file. */
import { Joiner } from './assemble.js';
import type { Sum } from './checksums.js';
import { JournalError } from './errors.js';
import { BadFrame, type Frame } from './frames.js';
import { type Gathered, merged } from './gather.js';
import { framesAt } from './scan.js';
import { soon } from './turns.js';
import * as v from './vocabulary.js';

/** After so many frames others may run. */
const SLICE = 4000;

/** Called with each checksum: it is that of the frames of its line that came since the last one. */
type OnSum = (line: number, hash: number) => void;

/** What belongs together is joined. */
function* picked(file: string, group: readonly Gathered[], onSum: OnSum): Generator<Frame, void> {
  const lines = new Set(group.flatMap(({ line, requests }) => [line, ...requests]));
  const joiner = new Joiner();
  for (const raw of framesAt(file, merged(group))) {
    const frame = lines.has(raw.line) ? joiner.join(raw) : undefined;
    if (frame === undefined) continue;
    if (frame.kind === v.SUM) onSum(frame.line, frame.hash);
    else yield frame;
  }
}

const ignore = (): void => {};

/**
 * One after the other, as they are asked for. A connection whose beginning is missing begins with a mark, and has no checksums.
 * @throws STATEWIRE_JOURNAL_DAMAGED if the file isn't what it was
 */
export function* streamOf(file: string, group: readonly Gathered[], onSum: OnSum): Generator<Frame, void> {
  const [first] = group;
  try {
    if (first?.isWhole !== false) yield* picked(file, group, onSum);
    else yield* fromMark(() => picked(file, group, ignore), first.line);
  } catch (error) {
    if (!(error instanceof BadFrame)) throw error;
    throw new JournalError('STATEWIRE_JOURNAL_DAMAGED', `${file} has changed since it was read: ${error.message}`);
  }
}

/** All of them, and their checksums. */
export async function heldOf(
  file: string,
  group: readonly Gathered[],
): Promise<{ readonly frames: readonly Frame[]; readonly sums: readonly Sum[] }> {
  const frames: Frame[] = [];
  const sums: Sum[] = [];
  for (const frame of streamOf(file, group, (line, hash) => sums.push({ line, count: frames.length, hash }))) {
    if (frames.push(frame) % SLICE === 0) await soon();
  }
  return { frames, sums };
}

/** A connection whose beginning is missing begins with its first mark after which no request lacks its own. */
function* fromMark(all: () => Iterable<Frame>, line: number): Generator<Frame, void> {
  const made = new Set<number>();
  /** Requests that have got the connection after the mark. */
  const later = new Set<number>();
  let mark: number | undefined;
  let index = 0;
  for (const frame of all()) {
    const request = frame.value * 2 + 1;
    if (frame.kind === v.MADE) made.add(frame.line);
    else if (frame.kind === v.MARK && frame.line === line) mark ??= index;
    else if (frame.kind === v.POOL && !made.has(request)) {
      mark = undefined;
      later.clear();
    } else if (frame.kind === v.POOL && mark !== undefined) later.add(request);
    index++;
  }
  index = 0;
  const early: Frame[] = [];
  for (const frame of all()) {
    if (mark === undefined) yield frame;
    else if (index < mark) {
      if (later.has(frame.line)) early.push(frame);
    } else if (index === mark) {
      yield frame;
      // Those requests from their beginning.
      yield* early;
    } else if (frame.kind !== v.MARK) yield frame;
    index++;
  }
}

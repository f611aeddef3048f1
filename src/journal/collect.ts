/** Takes frames out of the ring, in slices: while it does, the process serves its requests. */
import { Joiner } from './assemble.js';
import { Encoder } from './encode.js';
import { segmentOf } from './file.js';
import { BadFrame, type Frame, FrameReader } from './frames.js';
import type { Keeper } from './keeper.js';
import type { Kept, Line } from './line.js';
import type { Policy } from './mask.js';
import type { Recording } from './recording.js';
import { Redactor } from './redactor.js';
import type { Ring, Segment } from './ring.js';
import * as v from './vocabulary.js';
import { MISSED, OVERWRITTEN } from './write.js';

/** How many frames are taken in one slice. */
const SLICE = 1500;
/** How many bytes of frames a segment of a file has. */
const FULL = 256 * 1024;

/** What is recorded. */
export interface Source {
  readonly recording: Recording;
  readonly ring: Ring<Line>;
  readonly keeper: Keeper;
}

const NO_GAP: Omit<Frame, 'line' | 'at'> = {
  ...{ kind: v.GAP, isNested: false, exchange: 0, chart: 0, code: OVERWRITTEN, value: 1, length: 0, hash: 0 },
  ...{ text: '', more: '', pieces: [], payload: undefined, bits: 0, declared: 0, status: 0, ended: undefined },
};

/** What there is at one moment: the process goes on. */
interface Snapshot {
  readonly segments: readonly (Omit<Segment<Line>, 'lines' | 'buffer'> & {
    readonly segment: Segment<Line>;
    readonly lines: readonly number[];
  })[];
  readonly kept: readonly Kept[];
}

function snapshotOf({ recording, ring }: Source, chosen: ReadonlySet<number>): Snapshot {
  recording.flush();
  const segments = [...ring.all()].map((segment) => {
    const { number, length, begins } = segment;
    return { segment, number, length, begins, lines: segment.lines.map((line) => line.number) };
  });
  const lines = [...recording.lines.values()].filter((line) => chosen.has(line.number) && line.kept.length > 0);
  // Requests before their connections: what they did before they had one comes first.
  lines.sort((a, b) => (b.number % 2) - (a.number % 2) || a.number - b.number);
  return { segments, kept: lines.flatMap((line) => line.kept) };
}

/** Frames as they leave the process: joined to whole ones, and masked. */
const putter =
  (joiner: Joiner, redactor: Redactor | undefined, encoder: Encoder) =>
  (raw: Frame): void => {
    const frame = joiner.join(raw);
    if (frame !== undefined) encoder.add(redactor === undefined ? frame : redactor.redact(frame));
  };

/**
 * The segments of a file, one after the other: of what there is when it is called. Between them, and while nothing is due
 * (`undefined`), others may run.
 * @param chosen the numbers of the lines that are taken
 * @param policy undefined: nothing is masked
 */
export const collect = (
  source: Source,
  chosen: ReadonlySet<number>,
  policy: Policy | undefined,
): Generator<Buffer | undefined> => read(source, snapshotOf(source, chosen), chosen, policy);

function* read(
  { recording, keeper }: Source,
  { segments, kept }: Snapshot,
  chosen: ReadonlySet<number>,
  policy: Policy | undefined,
): Generator<Buffer | undefined> {
  const joiner = new Joiner();
  const redactor = policy === undefined ? undefined : new Redactor(policy);
  const encoder = new Encoder();
  const put = putter(joiner, redactor, encoder);
  const started = new Set<number>();
  let count = 0;

  /** @param isKept it was kept with a connection that is chosen, and its own line may be forgotten */
  function add(raw: Frame, isKept: boolean): void {
    if (!isKept && !chosen.has(raw.line)) return;
    const line = recording.lines.get(raw.line);
    if (!started.has(raw.line) && line !== undefined) {
      started.add(raw.line);
      if (line.hasLost) lose(raw.line, raw.at);
    }
    put(raw);
  }

  function lose(line: number, at: number): void {
    put({ ...NO_GAP, line, at });
  }

  function* frames(
    buffer: Buffer,
    length: number,
    begins: number,
    isStale?: () => boolean,
  ): Generator<Buffer | undefined> {
    const reader = new FrameReader(buffer, length, begins);
    try {
      while (!reader.isAtEnd) {
        add(reader.next(), isStale === undefined);
        const isFull = encoder.length >= FULL;
        if (!isFull && ++count % SLICE > 0) continue;
        yield isFull ? segmentOf(encoder.take(), encoder.begins) : undefined;
        if (isStale?.()) return;
      }
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
    }
  }

  try {
    for (const { bytes, begins } of kept) yield* frames(bytes, bytes.length, begins);
    for (const { segment, number, length, begins, lines } of segments) {
      const isStale = (): boolean => segment.number !== number;
      if (!isStale()) yield* frames(segment.buffer, length, begins, isStale);
      // The process was faster: what was not read is overwritten.
      if (isStale()) for (const line of lines) if (chosen.has(line)) lose(line, begins);
    }
    if (keeper.lost > 0 && encoder.length === 0) yield undefined;
    encoder.finish();
    if (encoder.length > 0) yield segmentOf(encoder.take(), encoder.begins);
  } finally {
    redactor?.close();
  }
}

/**
 * One segment, as it leaves.
 * @param redactor keeps what it knows of lines from one to the next
 * @param missed the lines of segments before that never left
 */
export function segmentFor(
  segment: Segment<Line>,
  joiner: Joiner,
  redactor: Redactor | undefined,
  missed: ReadonlySet<number>,
): Buffer {
  const encoder = new Encoder();
  const add = putter(joiner, redactor, encoder);
  for (const line of missed) add({ ...NO_GAP, code: MISSED, line, at: segment.begins });
  const reader = new FrameReader(segment.buffer, segment.length, segment.begins);
  while (!reader.isAtEnd) add(reader.next());
  encoder.finish();
  return segmentOf(encoder.take(), encoder.begins);
}

/** Runs the frames of a connection on the real hosts. */
import { stepper, useStepper } from '../engine/step.js';
import { recorder, useRecorder } from '../io/record.js';
import { sumOf } from './encode.js';
import type { Frame } from './frames.js';
import type { Opening } from './opening.js';
import { Puppets } from './puppets.js';
import type { Wire } from './ReplaySocket.js';
import { type Difference, Replayer } from './replayer.js';

/** What a replay needs of a connection. */
export interface Replayable {
  readonly frames: readonly Frame[];
  readonly line: number;
  readonly opening: Opening | undefined;
  /** All bytes were kept. */
  readonly keeps: boolean;
  readonly sums?: readonly Sum[] | undefined;
}

/** A checksum of the frames of a line. */
export interface Sum {
  readonly line: number;
  /** It is that of the frames before this index, since the last one. */
  readonly count: number;
  readonly hash: number;
}

/** Looks whether the frames are those that were written. */
function damage(frames: readonly Frame[], sums: readonly Sum[]): Difference | undefined {
  const hashes = new Map<number, number>();
  let at = 0;
  let from = 0;
  for (const { line, count, hash } of sums) {
    for (; at < count && at < frames.length; at++) {
      const frame = frames[at]!;
      hashes.set(frame.line, sumOf(frame, hashes.get(frame.line) ?? 0));
    }
    if ((hashes.get(line) ?? 0) !== hash) {
      return { at: from, expected: frames[from], got: `frames with another checksum, up to frame ${count}` };
    }
    hashes.delete(line);
    from = count;
  }
  return at < frames.length && sums.length > 0
    ? { at, expected: undefined, got: 'frames without a checksum' }
    : undefined;
}

/**
 * Runs the frames of a connection.
 * @param onFrame called when all frames before that index were replayed
 * @returns where it has left the journal; undefined if nowhere
 */
export function run(
  { frames, line, opening, keeps, sums = [] }: Replayable,
  wire?: Wire,
  onFrame?: (at: number) => void,
): Difference | undefined {
  let puppets: Puppets | undefined;
  const replayer = new Replayer(
    frames,
    (made) => {
      puppets = new Puppets(made, opening, line, wire);
      return puppets;
    },
    keeps,
    onFrame,
  );
  const [outerRecorder, outerStepper] = [recorder, stepper];
  useRecorder(replayer);
  useStepper(replayer);
  try {
    replayer.run();
  } finally {
    useRecorder(undefined);
    useStepper(undefined);
    puppets?.end();
    useRecorder(outerRecorder);
    useStepper(outerStepper);
  }
  return replayer.difference ?? damage(frames, sums);
}

/** Does something while nobody records. */
export function unrecorded<T>(act: () => T): T {
  const [outerRecorder, outerStepper] = [recorder, stepper];
  useRecorder(undefined);
  useStepper(undefined);
  try {
    return act();
  } finally {
    useRecorder(outerRecorder);
    useStepper(outerStepper);
  }
}

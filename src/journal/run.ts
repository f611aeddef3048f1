/** Runs the frames of a connection on the real hosts. */
import { stepper, useStepper } from '../engine/step.js';
import { withoutTimers } from '../io/clock.js';
import { recorder, useRecorder } from '../io/record.js';
import type { Frame } from './frames.js';
import type { Frames, FrameWindow } from './frameWindow.js';
import type { Opening } from './opening.js';
import { Puppets } from './puppets.js';
import type { Wire } from './ReplaySocket.js';
import { type Difference, Replayer } from './replayer.js';

/** What a replay needs of a connection. */
export interface Replayable {
  readonly frames: Frames;
  /** What the connections begin with, by their lines: one, or all that are replayed with it. Undefined for a request without one. */
  readonly openings: ReadonlyMap<number, Opening | undefined>;
  /** The line of the connection that is asked for. */
  readonly line: number;
  /** All bytes were kept. */
  readonly keeps: boolean;
  /** Of an exchange of that line, which others have followed: whether something more happens to it. */
  late(line: number, exchange: number): boolean;
  /** When all frames were read: where they are not those that were written. */
  damage(frames: Frames): Difference | undefined;
}

/** All of its frames are in memory. */
export interface Held extends Replayable {
  readonly frames: readonly Frame[];
}

/** Does something that is recorded by that replayer, or by nobody. */
function recordedBy<T>(replayer: Replayer | undefined, act: () => T): T {
  const [outerRecorder, outerStepper] = [recorder, stepper];
  useRecorder(replayer);
  useStepper(replayer);
  try {
    return act();
  } finally {
    useRecorder(outerRecorder);
    useStepper(outerStepper);
  }
}

/** Does something while nobody records. */
export const unrecorded = <T>(act: () => T): T => recordedBy(undefined, act);

/**
 * Runs the frames of a connection, in parts. Between two of them the process may do anything: it has no part in the replay.
 * @param isFull whether a part is over
 * @param take what is yielded after a part
 * @param onFrame called when all frames before that index were replayed
 * @returns where it has left the journal; undefined if nowhere
 */
export function* runInParts<T>(
  { frames, line, openings, keeps, damage, late }: Replayable,
  isFull: () => boolean,
  take: () => T,
  wire?: Wire,
  onFrame?: (at: number) => void,
): Generator<T, Difference | undefined, void> {
  let puppets: Puppets | undefined;
  const replayer = new Replayer(
    frames,
    (made) => {
      puppets = new Puppets(made, openings, line, wire);
      return puppets;
    },
    keeps,
    late,
    onFrame,
  );
  try {
    while (recordedBy(replayer, () => withoutTimers(() => replayer.run(isFull)))) yield take();
  } finally {
    (frames as FrameWindow).close?.();
    unrecorded(() => puppets?.end());
  }
  const { failure } = frames as FrameWindow;
  if (failure !== undefined) throw failure;
  return replayer.difference ?? damage(frames);
}

const never = (): boolean => false;

/** The same at once. */
export const run = (replayable: Replayable, wire?: Wire, onFrame?: (at: number) => void): Difference | undefined =>
  runInParts(replayable, never, never, wire, onFrame).next().value as Difference | undefined;

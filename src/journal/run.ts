/** Runs the frames of a connection on the real hosts. */
import { stepper, useStepper } from '../engine/step.js';
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
  /** When all frames were read: where they are not those that were written. */
  damage(frames: Frames): Difference | undefined;
}

/** All of its frames are in memory. */
export interface Held extends Replayable {
  readonly frames: readonly Frame[];
}

/**
 * Runs the frames of a connection.
 * @param onFrame called when all frames before that index were replayed
 * @returns where it has left the journal; undefined if nowhere
 */
export function run(
  { frames, line, openings, keeps, damage }: Replayable,
  wire?: Wire,
  onFrame?: (at: number) => void,
): Difference | undefined {
  let puppets: Puppets | undefined;
  const replayer = new Replayer(
    frames,
    (made) => {
      puppets = new Puppets(made, openings, line, wire);
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
    (frames as FrameWindow).close?.();
    useRecorder(undefined);
    useStepper(undefined);
    puppets?.end();
    useRecorder(outerRecorder);
    useStepper(outerStepper);
  }
  const { failure } = frames as FrameWindow;
  if (failure !== undefined) throw failure;
  return replayer.difference ?? damage(frames);
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

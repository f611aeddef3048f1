/** Runs the frames of a connection on the real hosts. */
import { stepper, useStepper } from '../engine/step.js';
import { recorder, useRecorder } from '../io/record.js';
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
}

/**
 * Runs the frames of a connection.
 * @param onFrame called when all frames before that index were replayed
 * @returns where it has left the journal; undefined if nowhere
 */
export function run(
  { frames, line, opening, keeps }: Replayable,
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
  return replayer.difference;
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

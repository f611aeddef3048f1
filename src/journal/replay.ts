/** Replays a connection: on the real hosts with the recorded program, or the states alone. */
import { validateFunction, validateNumber, validateOptions } from '../api/compat/validate.js';
import { invalidArgType } from '../api/compat/errors.js';
import { stepper, useStepper } from '../engine/step.js';
import { recorder, useRecorder } from '../io/record.js';
import { describe } from './describe.js';
import type { Frame } from './frames.js';
import { type Handler, replayHandler } from './handler.js';
import { Puppets } from './puppets.js';
import { RecordedConnection } from './reader.js';
import type { Wire } from './ReplaySocket.js';
import { type Difference, Replayer } from './replayer.js';
import type { Opening } from './write.js';

export type { Handler } from './handler.js';

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

/** The replay is as the journal. */
export interface Same {
  readonly same: true;
  /** How many frames were compared; with a handler, how many responses. */
  readonly frames: number;
}

/** The replay has left the journal. What comes after that was not looked at. */
export interface Different {
  readonly same: false;
  /** The index of the frame that was expected. */
  readonly at: number;
  /** What the journal has there, in words. */
  readonly expected: string;
  /** What came. */
  readonly got: string;
  /** A text of some lines: what was expected, what came, and the way there. */
  explain(): string;
}

export type Verdict = Same | Different;

const WAY = 12;

export function different(id: string, frames: readonly Frame[], at: number, expected: string, got: string): Different {
  return {
    same: false,
    at,
    expected,
    got,
    explain() {
      const way = frames.slice(Math.max(0, at - WAY), at).map((frame, i) => {
        const index = Math.max(0, at - WAY) + i;
        return `    ${String(index).padStart(6)}  ${describe(frame)}`;
      });
      const lines = [`${id} leaves its journal at frame ${at}`, `  expected  ${expected}`, `  got       ${got}`];
      return [...lines, ...(way.length === 0 ? ['  at the start'] : ['  by way of', ...way])].join('\n');
    },
  };
}

/** Options of {@link replay}. */
export interface ReplayOptions {
  /** Runs in the place of the recorded program. Only for connections of servers. Default: the recorded program. */
  readonly handler?: Handler | undefined;
  /** With a handler: for how many ms it may be silent where the recorded program was not. Default 500. */
  readonly patience?: number | undefined;
}

/**
 * Replays a connection on the real hosts, parser, writer and machines. The recorded program, or a handler, is the program. Nothing is
 * sent; the process may serve others meanwhile.
 *
 * @returns resolves with a {@link Verdict}: equal, or the first place where it is not
 * @throws rejects with STATEWIRE_JOURNAL_INCOMPLETE if something is missing in the journal; ERR_INVALID_ARG_TYPE,
 * ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 */
export async function replay(connection: RecordedConnection, options: ReplayOptions = {}): Promise<Verdict> {
  if (!(connection instanceof RecordedConnection)) {
    throw invalidArgType('connection', 'a connection of readJournal()', connection);
  }
  validateOptions(options, ['handler', 'patience']);
  const { handler, patience = 500 } = options;
  const replayable = await connection.replayable();
  if (handler !== undefined) {
    validateFunction(handler, 'options.handler');
    validateNumber(patience, 'options.patience', 0);
    return replayHandler(connection, replayable, handler, patience);
  }
  const { frames } = replayable;
  const difference = run(replayable);
  if (difference === undefined) return { same: true, frames: frames.length };
  const { at, expected, got } = difference;
  return different(connection.id, frames, at, expected === undefined ? 'nothing more' : describe(expected), got);
}

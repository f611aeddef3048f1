/** Replays a connection: on the real hosts with the recorded program, or the states alone. */

import { validateFunction, validateNumber, validateOptions } from '../api/compat/validate.js';
import { describe } from './describe.js';
import { type Handler, replayHandler } from './handler.js';
import { type RecordedConnection, validateConnection } from './reader.js';
import { run } from './run.js';
import { different, type Verdict } from './verdict.js';

export type { Handler } from './handler.js';
export type { Different, Same, Verdict } from './verdict.js';

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
  validateConnection(connection);
  validateOptions(options, ['handler', 'patience']);
  const { handler, patience = 500 } = options;
  if (handler !== undefined) {
    validateFunction(handler, 'options.handler');
    validateNumber(patience, 'options.patience', 0);
    return replayHandler(connection, handler, patience);
  }
  const replayable = await connection.streamed();
  const { frames } = replayable;
  const difference = run(replayable);
  if (difference === undefined) return { same: true, frames: frames.length };
  const { at, expected, got } = difference;
  return different(connection.id, frames, at, expected === undefined ? 'nothing more' : describe(expected), got);
}

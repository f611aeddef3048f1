/** Marks: where a connection was idle, so that what was before it is needed no longer. */
import type { Place, Recorded } from '../io/record.js';
import type { Line } from './line.js';
import { assignedState, stateOf } from './reading.js';
import type { Ring } from './ring.js';
import { openingOf } from './write.js';

/** After how many bytes of frames a connection gets a mark: at most, and at least. */
const EVERY = 32 * 1024;
const LEAST = 2048;

/** There is much since the last one, or it will be overwritten soon. */
export const isMarkDue = ({ sinceMark, first }: Line, ring: Ring<Line>): boolean =>
  sinceMark > EVERY || (sinceMark > LEAST && ring.isOld(first));

/**
 * The text of a mark; undefined if it can't be one now.
 * @param isAssigned of a client: a request is about to take the connection
 */
export function markOf({ host, waiting, opening, deferred }: Line, isAssigned: boolean): string | undefined {
  if (host === undefined || waiting > 0) return undefined;
  const state = isAssigned ? assignedState(host) : stateOf(host);
  return state === undefined ? undefined : JSON.stringify({ open: opening, state, deferred });
}

/** An actor, and its host if it is one that can be recorded. */
type Hosted = Place & { readonly host?: Recorded & { readonly socket?: object } };

/** A connection that was there before the recorder: it begins with its first mark. */
export function adopt(line: Line, actor: Hosted): void {
  const { host } = actor;
  if (host?.socket === undefined || host.actor !== actor) return;
  line.begin(host, openingOf(host, host.socket, host.actor.id === 'connection'));
  line.sinceMark = EVERY + 1;
}

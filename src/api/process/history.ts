/** The history of this process: its clock, and whether it is kept. */
import {
  type Change,
  changesOf,
  EXCHANGES,
  keepHistory,
  msSince,
  newTrack,
  search,
  type Track,
  useMoment,
} from '../../engine/history.js';
import { newConnection, newExchange, type Place, startAt } from '../../engine/place.js';
import { isOutside } from '../../engine/program.js';
import { moment, now } from '../../io/clock.js';
import { optionOf } from '../compat/ownOptions.js';

/** When this file was loaded: times in the history, and in observations, are counted from here. */
const origin = now();

useMoment(() => moment - origin);
keepHistory(optionOf(process.env, 'STATEWIRE_HISTORY') !== '0');

/** The program calls us: what it causes has happened now, unless the call is made from a listener that we have called. */
export function lookAtClock(): void {
  if (isOutside()) now();
}

/** Actors that start from now on belong to a new connection. */
export function startOnConnection(): void {
  now();
  startAt(newConnection(), 0, newTrack());
}

/** Actors that start from now on belong to a new exchange that has no connection yet. */
export function startUnconnected(): void {
  lookAtClock();
  startAt(0, newExchange(), newTrack());
}

const isOfConnection = (chart: string): boolean => chart === 'connection' || chart === 'clientConnection';

/** Whether a change is of that exchange, or of its connection. */
export const isOfExchange = ({ chart, exchange }: Change, place: Place): boolean =>
  isOfConnection(chart) || chart === 'request' || exchange === place.exchange % EXCHANGES;

/** How long ago an actor of that place has last got that event, and changed its state by it, in ms; undefined if it is forgotten. */
export function since(place: Place, of: string, event: string): number | undefined {
  const changes = place.track === undefined ? [] : changesOf(place.track);
  const last = changes.findLast((each) => each.chart === of && each.event === event && isOfExchange(each, place));
  return last === undefined ? undefined : msSince(last.at, moment - origin);
}

/** No exchange goes on on the connection. */
function isIdle(to: unknown): boolean {
  if (typeof to === 'string') return to === 'idle';
  const { reading, responses } = to as { readonly reading: unknown; readonly responses: unknown };
  return responses === 'none' && (reading as { readonly awaiting?: unknown }).awaiting === 'kept';
}

/** When the request got its socket, on a track of its own. */
function attachedAt(track: Track): number | undefined {
  let found: number | undefined;
  search(track, ({ event }, at) => {
    if (event === 'net.attached') found = at;
    return found !== undefined;
  });
  return found;
}

/**
 * How long a connection had been idle before the exchange, in ms; undefined if it hadn't, or if the history has forgotten it.
 * @param connection the place of the connection, if its history is another
 */
export function idleBefore({ track, exchange }: Place, connection: Place | undefined): number | undefined {
  const changes = connection === undefined ? track : connection.track;
  if (track === undefined || changes === undefined) return undefined;
  const limit = connection === undefined ? undefined : attachedAt(track);
  let hasBegun = limit !== undefined;
  let left: number | undefined;
  let idle: number | undefined;
  search(changes, ({ chart, from, to }, at, number) => {
    if (chart === 'incomingRequest' && from === undefined) {
      // That of another exchange: the connection was not idle before this one.
      if (hasBegun && left === undefined) return true;
      hasBegun ||= number === exchange % EXCHANGES;
    }
    if (!hasBegun || !isOfConnection(chart) || from === undefined || (limit !== undefined && at > limit)) return false;
    if (left === undefined) {
      if (isIdle(from.value) && !isIdle(to.value)) left = at;
    } else if (isIdle(to.value) && !isIdle(from.value)) idle = msSince(at, left);
    return idle !== undefined;
  });
  return idle;
}

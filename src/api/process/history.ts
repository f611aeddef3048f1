/** The history of this process: its clock, and whether it is kept. */
import { type Change, changesOf, EXCHANGES, keepHistory, msSince, newTrack, useMoment } from '../../engine/history.js';
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

/** Whether a change is of that exchange, or of its connection. */
export const isOfExchange = ({ chart, exchange }: Change, place: Place): boolean =>
  chart === 'connection' ||
  chart === 'clientConnection' ||
  exchange === place.exchange % EXCHANGES ||
  chart === 'request';

/** How long ago an actor of that place has last got that event, and changed its state by it, in ms; undefined if it is forgotten. */
export function since({ track, exchange }: Place, of: string, event: string): number | undefined {
  const changes = track === undefined ? [] : changesOf(track);
  const isOf = (each: Change): boolean => isOfConnection(each) || each.exchange === exchange % EXCHANGES;
  const last = changes.findLast((each) => each.chart === of && each.event === event && isOf(each));
  return last === undefined ? undefined : msSince(last.at, moment - origin);
}

/** No exchange goes on on the connection. */
function isIdle({ chart, to }: Change): boolean {
  if (chart === 'clientConnection') return to === 'idle';
  const { reading, responses } = to as { readonly reading: unknown; readonly responses: unknown };
  return responses === 'none' && (reading as { readonly awaiting?: unknown }).awaiting === 'kept';
}

const isOfConnection = ({ chart }: Change): boolean => chart === 'connection' || chart === 'clientConnection';

/**
 * How long a connection had been idle before the exchange, in ms; undefined if the history has forgotten it.
 * @param connection the place of the connection, if its history is another
 */
export function idleBefore({ track, exchange }: Place, connection: Place | undefined): number | undefined {
  if (track === undefined) return undefined;
  const own = changesOf(track);
  const begins =
    connection === undefined
      ? own.findLastIndex((each) => each.chart === 'incomingRequest' && each.exchange === exchange % EXCHANGES)
      : own.findLastIndex((each) => each.event === 'net.attached');
  const at = own[begins]?.at;
  if (at === undefined) return undefined;
  const changes = connection === undefined ? own.slice(0, begins) : changesOf(connection.track ?? []);
  const all = changes.filter((each) => isOfConnection(each) && each.at <= at);
  const ends = all.findLastIndex((each, index) => !isIdle(each) && index > 0 && isIdle(all[index - 1] as Change));
  const [idle, busy] = [all[ends - 1], all[ends]];
  return idle === undefined || busy === undefined ? undefined : msSince(idle.at, busy.at);
}

export { noteAsker } from './chains.js';

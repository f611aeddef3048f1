/** The history of this process: its clock, and whether it is kept. */
import { keepHistory, newTrack, useMoment } from '../../engine/history.js';
import { newConnection, newExchange, startAt } from '../../engine/place.js';
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

export { noteAsker } from './chains.js';

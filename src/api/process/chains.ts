/** Which exchange of a server has asked which request of a client: noted once `explain.chains()` was called. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Place } from '../../engine/place.js';
import { placeName } from '../../rules/naming.js';
import { subjectOf } from '../compat/describe.js';

type RequestLine = Parameters<typeof subjectOf>[0];

let asking: AsyncLocalStorage<string> | undefined;
const askers = new WeakMap<object, string>();

/** From now on. On Node 20 and 22 it costs what async hooks cost. */
export function noteChains(): void {
  asking ??= new AsyncLocalStorage();
}

/** Makes the async scope of a server's exchange: what asks inside it is asked by the exchange. */
export function inChain<T>(place: Place, request: RequestLine, make: () => T): T {
  return asking === undefined ? make() : asking.run(`${placeName('response', place)} ${subjectOf(request)}`, make);
}

/** A request begins. */
export function noteAsker(actor: object): void {
  const asker = asking?.getStore();
  if (asker !== undefined) askers.set(actor, asker);
}

export const askerOf = (actor: object): string | undefined => askers.get(actor);

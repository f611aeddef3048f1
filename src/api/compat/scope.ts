/**
 * A store that a listener enters with `AsyncLocalStorage.enterWith` belongs to its exchange. Up to Node 22 the AsyncResource
 * in which the listener runs keeps it. Where contexts are frames (by default since Node 24), it is lost when the call returns,
 * unless a resource is made before. Only an AsyncLocalStorage without frames has `_propagate`.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { types } from 'node:util';

const hasFrames = !('_propagate' in AsyncLocalStorage.prototype);

/** `scope`, or a resource that replaces it where it would lose what was entered in it. Call this inside `scope`. */
export function withEntered(scope: AsyncResource, make: () => AsyncResource): AsyncResource {
  if (!hasFrames) return scope;
  scope.emitDestroy();
  return make();
}

/** `callback` runs in the context in which it was given, whoever calls it. */
export const inPlace = <Args extends unknown[]>(callback: (...args: Args) => unknown): ((...args: Args) => unknown) =>
  AsyncResource.bind(callback, 'STATEWIRE_CALLBACK');

const IDS: ReadonlySet<string | undefined> = new Set(['async_id_symbol', 'trigger_async_id_symbol', 'destroyed']);

const FRAME = 'context_frame';

/**
 * The stores in the context of a resource, by who keeps them. Node has them in members beside the ids or, where contexts are frames,
 * in a Map in one of them, whose class has no prototype. After `run()`, a store is undefined.
 */
function storesOf(resource: AsyncResource): Map<unknown, unknown> {
  const members = resource as unknown as Record<symbol, unknown>;
  const stores = new Map<unknown, unknown>();
  for (const symbol of Object.getOwnPropertySymbols(resource)) {
    const value = members[symbol];
    if (types.isMap(value) && symbol.description === FRAME)
      Map.prototype.forEach.call(value, (store, keeper) => stores.set(keeper, store));
    else if (!IDS.has(symbol.description)) stores.set(symbol, value);
  }
  return stores;
}

/** Whether a program has a store in the context of one resource that it has none of in that of another. */
export function hasMoreStores(one: AsyncResource, other: AsyncResource): boolean {
  const stores = storesOf(one);
  if (![...stores.values()].some((store) => store !== undefined)) return false;
  const others = storesOf(other);
  return [...stores].some(([keeper, store]) => store !== undefined && others.get(keeper) === undefined);
}

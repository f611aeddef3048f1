/**
 * A store that a listener enters with `AsyncLocalStorage.enterWith` belongs to its exchange. Up to Node 22 the AsyncResource
 * in which the listener runs keeps it. Where contexts are frames (by default since Node 24), it is lost when the call returns,
 * unless a resource is made before. Only an AsyncLocalStorage without frames has `_propagate`.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

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

/**
 * What a listener enters with `AsyncLocalStorage.enterWith` belongs to its exchange. Up to Node 22 the AsyncResource in
 * which it runs keeps it; where contexts are frames (by default since Node 24) it is gone with the call, unless a resource
 * is made before the call returns. Only an AsyncLocalStorage without frames has `_propagate`.
 */
import { AsyncLocalStorage, type AsyncResource } from 'node:async_hooks';

const hasFrames = !('_propagate' in AsyncLocalStorage.prototype);

/** `scope`, or what takes its place where it would be without what was entered in it. To be called inside it. */
export function withEntered(scope: AsyncResource, make: () => AsyncResource): AsyncResource {
  if (!hasFrames) return scope;
  scope.emitDestroy();
  return make();
}

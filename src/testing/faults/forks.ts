/** `cluster.fork()` would start this process anew, test and all: a walk sees one process. */
import cluster from 'node:cluster';
import { syncBuiltinESMExports } from 'node:module';

class ForkError extends Error {
  readonly code = 'STATEWIRE_NO_PROGRAM';

  constructor() {
    super(
      'The program calls cluster.fork(): its workers would be other processes, which a walk does not see. Export what a worker does: a function that makes its server',
    );
  }
}

/**
 * While it is on, the program can't fork.
 * @returns undoes it
 */
export function refuseForks(): () => void {
  const own = Object.getOwnPropertyDescriptor(cluster, 'fork');
  const value = (): never => {
    throw new ForkError();
  };
  Object.defineProperty(cluster, 'fork', { value, writable: true, configurable: true, enumerable: true });
  syncBuiltinESMExports();
  return () => {
    if (own === undefined) Reflect.deleteProperty(cluster, 'fork');
    else Object.defineProperty(cluster, 'fork', own);
    syncBuiltinESMExports();
  };
}

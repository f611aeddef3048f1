/**
 * What a program's `createConnection` gives: it may be no stream, it may come twice, and it may fail while no request has
 * it.
 */
import { type CodedError, invalidArgType } from '../compat/errors.js';

/**
 * What is wrong with what a program gives as a connection. That there is none yet is for others to weigh; of an object, no more
 * is asked than that it has listeners, as programs give what only resembles a Duplex.
 */
export function noStream(stream: unknown): CodedError | undefined {
  if (stream === null || stream === undefined) return undefined;
  const { on, off } = stream as { on?: unknown; off?: unknown };
  return typeof on === 'function' && typeof off === 'function' ? undefined : invalidArgType('stream', 'Duplex', stream);
}

/** The function, for the first call; the others do nothing. */
export function once<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
  let isCalled = false;
  return (...args) => {
    if (isCalled) return;
    isCalled = true;
    call(...args);
  };
}

/** Listens to 'error' of a socket that no request has: it closes, and there is nobody to tell. */
export function ignore(): void {}

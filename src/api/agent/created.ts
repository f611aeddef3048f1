/**
 * Checks on the result of a program's `createConnection`: it may not be a stream, it may arrive twice, and it may fail while
 * no request has it.
 */
import type { Duplex } from 'node:stream';
import { type CodedError, invalidArgType } from '../compat/errors.js';
import { keepsUnusedSockets } from '../process/asNode.js';

/**
 * An error if a program's connection is not a stream. Its absence is judged by the caller. An object only has to take
 * listeners: programs pass objects that merely resemble a Duplex.
 */
export function noStream(stream: unknown): CodedError | undefined {
  if (stream === null || stream === undefined) return undefined;
  const { on, off } = stream as { on?: unknown; off?: unknown };
  return typeof on === 'function' && typeof off === 'function' ? undefined : invalidArgType('stream', 'Duplex', stream);
}

/** Calls `call` for the first call; later calls do nothing. */
export function once<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
  let isCalled = false;
  return (...args) => {
    if (isCalled) return;
    isCalled = true;
    call(...args);
  };
}

/** A socket that its request no longer needs, nor another. @param isKept whether its agent keeps sockets */
export function handBack(socket: Duplex, isKept: boolean): void {
  if (isKept && keepsUnusedSockets()) socket.emit('free');
  else socket.on('error', ignore).destroy();
}

/** Listens to 'error' of a socket that no request has: it closes, and nobody needs the error. */
export function ignore(): void {}

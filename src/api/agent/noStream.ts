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

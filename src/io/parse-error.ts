import type { ParseError } from '../events/wire.js';

/**
 * The error for bytes that are not HTTP, with the own properties of Node's, in Node's order.
 *
 * Without `rawPacket` it is the end of the connection that is wrong, and the message is bare, as Node's.
 */
export function parseError(code: string, reason: string, bytesParsed: number, rawPacket?: Buffer): ParseError {
  const error = new Error(rawPacket ? `Parse Error: ${reason}` : 'Parse Error') as ParseError;
  error.bytesParsed = bytesParsed;
  error.code = code;
  error.reason = reason;
  if (rawPacket) error.rawPacket = rawPacket;
  return error;
}

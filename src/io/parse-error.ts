import type { ParseError } from '../events/wire.js';

/**
 * The error for bytes that are not HTTP, with the properties of Node's error in Node's order.
 *
 * Without `rawPacket` the fault is the end of the connection, and the message has no reason, as in Node.
 */
export function parseError(code: string, reason: string, bytesParsed: number, rawPacket?: Buffer): ParseError {
  const error = new Error(rawPacket ? `Parse Error: ${reason}` : 'Parse Error') as ParseError;
  error.bytesParsed = bytesParsed;
  error.code = code;
  error.reason = reason;
  if (rawPacket) error.rawPacket = rawPacket;
  return error;
}

/** The same fault, for bytes that follow it. */
export function repeatedError({ code, reason, bytesParsed }: ParseError, rawPacket: Buffer): ParseError {
  return parseError(code, reason, bytesParsed, rawPacket);
}

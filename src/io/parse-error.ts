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

/** The same fault, in what comes behind it. */
export function faultAgain({ code, reason, bytesParsed }: ParseError, rawPacket: Buffer): ParseError {
  return parseError(code, reason, bytesParsed, rawPacket);
}

export interface Violation {
  readonly code: string;
  readonly reason: string;
}

/** What llhttp lets pass, and is refused all the same. */
export const violations = {
  headerOverflow: { code: 'HPE_HEADER_OVERFLOW', reason: 'Header overflow' },
  emptyCoding: { code: 'HPE_INVALID_TRANSFER_ENCODING', reason: 'Empty Transfer-Encoding' },
  nulInValue: { code: 'HPE_INVALID_HEADER_TOKEN', reason: 'Invalid header value char' },
  extensionsOverflow: { code: 'HPE_CHUNK_EXTENSIONS_OVERFLOW', reason: 'Chunk extensions overflow' },
} satisfies Record<string, Violation>;

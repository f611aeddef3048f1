/** What llhttp accepts although it has to be refused. */

export interface Violation {
  readonly code: string;
  readonly reason: string;
}

export const violations = {
  headerOverflow: { code: 'HPE_HEADER_OVERFLOW', reason: 'Header overflow' },
  emptyCoding: { code: 'HPE_INVALID_TRANSFER_ENCODING', reason: 'Empty Transfer-Encoding' },
  nulInValue: { code: 'HPE_INVALID_HEADER_TOKEN', reason: 'Invalid header value char' },
  extensionsOverflow: { code: 'HPE_CHUNK_EXTENSIONS_OVERFLOW', reason: 'Chunk extensions overflow' },
} satisfies Record<string, Violation>;

/**
 * The limit of framing in one chunk, in bytes. Node counts the names and values of chunk extensions, up to 16 KiB. This build of
 * llhttp doesn't report extensions, so all bytes between the contents of two chunks count, with room for a size. After the last
 * content of a body, only bytes that fill a whole piece count.
 */
export const MAX_CHUNK_FRAMING = 16 * 1024 + 32;

/** The end of such a message's body is unknown (RFC 9112 §6.3). Later releases of llhttp refuse it themselves. */
export function hasEmptyCoding(fields: readonly string[]): boolean {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    if (name.length === 17 && fields[at + 1] === '' && name.toLowerCase() === 'transfer-encoding') return true;
  }
  return false;
}

/** A recipient rejects or replaces a NUL in a value (RFC 9110 §5.5). Names have none. */
export function hasNul(fields: readonly string[]): boolean {
  return fields.some((text) => text.includes('\0'));
}

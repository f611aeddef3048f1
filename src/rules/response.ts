/** The meaning of a response for its request (RFC 9110 §9, §15), and whether a request may be sent twice. */
import type { ResponseKind } from '../events/request.js';
import type { MessageHead } from '../events/wire.js';
import { fieldValue } from './fields.js';

/**
 * @param upgrade the response names an upgrade in both Upgrade and Connection (RFC 9110 §7.8). A 101 that names none is a final
 * response, as in Node.
 */
export function responseKind(method: string, statusCode: number, upgrade: boolean): ResponseKind {
  if (statusCode === 101) return upgrade ? 'upgrade' : 'final';
  if (statusCode >= 100 && statusCode < 200) return 'interim';
  return method === 'CONNECT' ? 'connect' : 'final';
}

/**
 * Whether the connection may be reused after a response. With a transfer coding before HTTP/1.1 or next to a Content-Length,
 * other recipients may see the message's end elsewhere, so the connection is closed (RFC 9112 §6.1).
 *
 * @param isCoded the response has a Transfer-Encoding
 */
export function mayPersist(head: MessageHead, isCoded: boolean): boolean {
  if (!head.shouldKeepAlive || !isCoded) return head.shouldKeepAlive;
  const isOld = head.versionMajor < 1 || (head.versionMajor === 1 && head.versionMinor < 1);
  return !isOld && fieldValue(head.rawHeaders, 'content-length') === undefined;
}

const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether sending the request twice has the same effect as sending it once (RFC 9110 §9.2.2). */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method);
}

const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** Whether requests of this method usually have content, so that an unknown length is declared (RFC 9110 §9.3). */
export function expectsContent(method: string): boolean {
  return !bodiless.has(method);
}

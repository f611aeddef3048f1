/** What an answer is to the request before it (RFC 9110 §9, §15), and whether a request may be sent twice. */
import type { ResponseKind } from '../events/request.js';
import type { MessageHead } from '../events/wire.js';
import { fieldValue } from './fields.js';

/**
 * `upgrade`: the answer names an upgrade in both Upgrade and Connection (RFC 9110 §7.8). A 101 that names none is what
 * Node takes it for.
 */
export function responseKind(method: string, statusCode: number, upgrade: boolean): ResponseKind {
  if (statusCode === 101) return upgrade ? 'upgrade' : 'final';
  if (statusCode >= 100 && statusCode < 200) return 'interim';
  return method === 'CONNECT' ? 'connect' : 'final';
}

/**
 * Whether the connection may be used again behind a response. Where a transfer coding comes in a version that has none, or
 * beside a Content-Length, others may take the message's end to be elsewhere: it is closed (RFC 9112 §6.1).
 *
 * @param isCoded it has a Transfer-Encoding
 */
export function mayPersist(head: MessageHead, isCoded: boolean): boolean {
  if (!head.shouldKeepAlive || !isCoded) return head.shouldKeepAlive;
  const isOld = head.versionMajor < 1 || (head.versionMajor === 1 && head.versionMinor < 1);
  return !isOld && fieldValue(head.rawHeaders, 'content-length') === undefined;
}

const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether sending the request twice does what sending it once does (RFC 9110 §9.2.2). */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method);
}

const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** Whether requests of that method mostly have content, so that an unknown length is announced (RFC 9110 §9.3). */
export function expectsContent(method: string): boolean {
  return !bodiless.has(method);
}

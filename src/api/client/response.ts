/** A request's view of its response: the argument of 'information', timeouts, and the reader. */

import type { Place } from '../../engine/place.js';
import type { MessageHead } from '../../events/wire.js';
import { entering, RESPONSE_ENDED } from '../../io/record.js';
import { own } from '../compat/own.js';
import { forward } from '../message/forward.js';
import { fillResponse, IncomingMessage, versionText } from '../message/IncomingMessage.js';

/** Sent to the request and to its response. */
export const timedOut = { type: 'net.timedOut' } as const;

/** The argument of 'information'. */
export function informationOf(head: MessageHead): object {
  const message = new IncomingMessage(null);
  fillResponse(message, head);
  return {
    statusCode: head.statusCode,
    statusMessage: head.statusMessage,
    httpVersion: versionText(head.versionMajor, head.versionMinor),
    httpVersionMajor: head.versionMajor,
    httpVersionMinor: head.versionMinor,
    headers: message.headers,
    rawHeaders: message.rawHeaders,
  };
}

/** A response that was read to its end still emits the timeouts of its socket while the request is sent. */
export function sendTimedOut(response: IncomingMessage | null): void {
  if (response?.destroyed) forward(response, 'res.timeout');
  else response?.[own].send(timedOut);
}

/** Nobody reads, and nothing can be read. */
export function isUnread(response: IncomingMessage): boolean {
  if (response.readableFlowing === true || response.readableLength > 0 || response.destroyed) return false;
  return !response.readableDidRead && !response.readableEnded && response.listenerCount('readable') === 0;
}

/** The host of a request, whose response may end. */
interface Ending {
  readonly actor: Place;
  responseEnded(): void;
}

/** A listener of a response's 'end'. */
export function responseEnded(this: IncomingMessage): void {
  const host = (this.req as { readonly [own]?: Ending } | undefined)?.[own];
  if (host) entering(host.actor, RESPONSE_ENDED, undefined, endResponse, host);
}

const endResponse = (host: Ending): void => host.responseEnded();

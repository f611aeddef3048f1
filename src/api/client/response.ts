/** What a request makes of the head of an answer, and what it sees of its reader. */
import type { MessageHead } from '../../events/wire.js';
import { own } from '../compat/own.js';
import { forward } from '../message/forward.js';
import { fillResponse, IncomingMessage, versionText } from '../message/IncomingMessage.js';

/** For the request, and for its answer. */
export const timedOut = { type: 'net.timedOut' } as const;

/** What 'information' is told with. */
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
    rawHeaders: head.rawHeaders,
  };
}

/** Where the response was read the exchange goes on: the timeout is that of its socket all the same. */
export function sendTimedOut(answer: IncomingMessage | null): void {
  if (answer?.destroyed) forward(answer, 'res.timeout');
  else answer?.[own].actor.send(timedOut);
}

/** Nobody reads, and there is nothing to be read. */
export function isUnread(answer: IncomingMessage): boolean {
  if (answer.readableFlowing === true || answer.readableLength > 0 || answer.destroyed) return false;
  return !answer.readableDidRead && !answer.readableEnded && answer.listenerCount('readable') === 0;
}

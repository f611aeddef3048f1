/** Functions that send events to the messages of one connection, to be called in an async context. */
import type { AsyncResource } from 'node:async_hooks';
import type { WireBody } from '../../events/wire.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { MessageSocket } from '../message/OutgoingMessage.js';
import { hostOf, hostOfRequest } from './prototypes.js';
import type { ServerResponse } from './ServerResponse.js';

/** Calls in the async context of the exchange (law 7). */
export function within<Args extends unknown[]>(
  response: ServerResponse,
  call: (...args: Args) => unknown,
  ...args: Args
): void {
  (hostOf(response).scope as AsyncResource).runInAsyncScope(call, undefined, ...args);
}

export function closeRequest(request: IncomingMessage): void {
  hostOfRequest(request).closed();
}

export function closeResponse(response: ServerResponse): void {
  hostOf(response).closed();
}

export function sever(message: IncomingMessage): void {
  hostOfRequest(message).sever();
}

export function sendDrained(response: ServerResponse): void {
  hostOf(response).send({ type: 'net.drained' });
}

export function attach(response: ServerResponse, socket: MessageSocket): void {
  response.assignSocket(socket);
}

export function push(message: IncomingMessage, fact: WireBody): void {
  hostOfRequest(message).send(fact);
}

export function sendPassed(response: ServerResponse): void {
  hostOf(response).send({ type: 'response.passed' });
}

export function complete(message: IncomingMessage, trailers: readonly string[]): void {
  hostOfRequest(message).complete(trailers);
}

/** Functions that send events to the messages of one connection, to be called in an async context. */
import type { AsyncResource } from 'node:async_hooks';
import type { WireBody } from '../../events/wire.js';
import { own } from '../compat/own.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { MessageSocket } from '../message/OutgoingMessage.js';
import type { ServerResponse } from './ServerResponse.js';

/** Calls in the async context of the exchange (law 7). */
export function within<Args extends unknown[]>(
  response: ServerResponse,
  call: (...args: Args) => unknown,
  ...args: Args
): void {
  (response[own].scope as AsyncResource).runInAsyncScope(call, undefined, ...args);
}

export function closeRequest(request: IncomingMessage): void {
  request[own].closed();
}

export function closeResponse(response: ServerResponse): void {
  response[own].closed();
}

export function sever(message: IncomingMessage): void {
  message[own].sever();
}

export function sendDrained(response: ServerResponse): void {
  response[own].send({ type: 'net.drained' });
}

export function attach(response: ServerResponse, socket: MessageSocket): void {
  response.assignSocket(socket);
}

export function push(message: IncomingMessage, fact: WireBody): void {
  message[own].send(fact);
}

export function sendPassed(response: ServerResponse): void {
  response[own].send({ type: 'response.passed' });
}

export function complete(message: IncomingMessage, trailers: readonly string[]): void {
  message[own].complete(trailers);
}

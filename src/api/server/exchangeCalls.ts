/** Functions that send events to the messages of one connection, to be called in an async context. */
import { AsyncResource } from 'node:async_hooks';
import type { Place } from '../../engine/place.js';
import { keep } from '../../engine/program.js';
import type { WireBody } from '../../events/wire.js';
import * as channels from '../compat/diagnostics.js';
import { hasListeners } from '../compat/listeners.js';
import { withEntered } from '../compat/scope.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { MessageSocket } from '../message/OutgoingMessage.js';
import { inChain } from '../process/chains.js';
import { hostOf, hostOfRequest } from './prototypes.js';
import { ServerResponse } from './ServerResponse.js';

const resource = { requireManualDestroy: true };

/** The scope of an exchange has the type that it has in Node: async hooks count them. */
export const newScope = (place: Place, { req }: ServerResponse): AsyncResource =>
  inChain(place, req, () => new AsyncResource('HTTPINCOMINGMESSAGE', resource));

const newEntered = () => new AsyncResource('STATEWIRE_EXCHANGE', resource);

/** What keeps the context that a listener has entered in `scope`. Call this inside `scope`. */
export const enteredScope = (scope: AsyncResource): AsyncResource => withEntered(scope, newEntered);

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

const { assignSocket } = ServerResponse.prototype;

/** Gives the response its socket: in its context, if that may call the program. */
export function attach(response: ServerResponse, socket: MessageSocket): void {
  const isNoticed = hasListeners(response) || response.outputData.length > 0 || response.assignSocket !== assignSocket;
  if (isNoticed) within(response, assign, response, socket);
  else assign(response, socket);
}

function assign(response: ServerResponse, socket: MessageSocket): void {
  response.assignSocket(socket);
}

/** The method may be the program's own. */
export function detachFrom(response: ServerResponse, socket: MessageSocket): void {
  try {
    response.detachSocket(socket);
  } catch (error) {
    keep(error);
    socket._httpMessage = null;
    response.socket = null;
  }
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

/** Whether anybody is told of a new exchange. */
export const isAnnounced = (): boolean =>
  channels.responseCreated.hasSubscribers || channels.requestStart.hasSubscribers;

export function publishStart(response: ServerResponse, socket: unknown, server: unknown): void {
  const { req: request } = response;
  channels.responseCreated.publish({ request, response });
  channels.requestStart.publish({ request, response, socket, server });
}

export function publishFinish(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  channels.responseFinish.publish({ request, response, socket, server: (socket as { server?: unknown }).server });
}

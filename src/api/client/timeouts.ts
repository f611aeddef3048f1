/**
 * How a request and its response learn of their socket's timeout: by a listener each, the request's once, as in Node. Agents
 * count the listeners of a socket's 'timeout' to see whether anybody else handles it, so there are none that nobody asked for.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { callBack } from '../compat/callBack.js';
import { own } from '../compat/own.js';

/** The host of a request whose socket may time out. */
export interface TimedHost {
  /** For the request. */
  timedOut(): void;
  /** For its response. */
  responseTimedOut(): void;
}

/** A request whose socket may time out. */
export interface TimedRequest {
  readonly [own]: TimedHost;
  /** What listens for the request; null while nothing does. */
  timeoutCb: (() => void) | null;
  /** Calls with the socket, as soon as there is one. */
  _whenSocket(call: (socket: Socket) => void): void;
}

/** A socket, with the request that has it. */
type TimedSocket = Duplex & { readonly _httpMessage?: TimedRequest | null };

function timeOutRequest(request: TimedRequest): void {
  request[own].timedOut();
}

function timeOutResponse(request: TimedRequest): void {
  request[own].responseTimedOut();
}

function onRequestTimeout(this: TimedSocket): void {
  if (this._httpMessage) callBack(timeOutRequest, this._httpMessage);
}

function onResponseTimeout(this: TimedSocket): void {
  if (this._httpMessage) callBack(timeOutResponse, this._httpMessage);
}

/** Listens to the next timeout of the request's socket, as soon as it has one. A second call changes nothing. */
export function listenForTimeout(request: TimedRequest): void {
  if (request.timeoutCb !== null) return;
  request.timeoutCb = onRequestTimeout;
  request._whenSocket((socket) => socket.once('timeout', onRequestTimeout));
}

/** Listens to every timeout, for the response to the request that has the socket. */
export function listenForTimeouts(socket: TimedSocket): void {
  socket.on('timeout', onResponseTimeout);
}

export function ignoreTimeouts(request: TimedRequest, socket: TimedSocket): void {
  request.timeoutCb = null;
  socket.off('timeout', onRequestTimeout);
  socket.off('timeout', onResponseTimeout);
}

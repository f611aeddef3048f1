/**
 * How a request and its answer hear of their socket's timeout: by a listener each, the request's once, as in Node.
 * Agents count the listeners of a socket's 'timeout' to see whether anybody but themselves looks after it: there is none
 * that wasn't asked for.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { callBack } from '../compat/callBack.js';
import { own } from '../compat/own.js';

/** The host of a request that hears of its socket's timeout. */
export interface TimedHost {
  /** For the request. */
  timedOut(): void;
  /** For its answer. */
  responseTimedOut(): void;
}

/** A request, as far as it hears of its socket's timeout. */
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

function emitRequest(this: TimedSocket): void {
  if (this._httpMessage) callBack(timeOutRequest, this._httpMessage);
}

function onResponseTimeout(this: TimedSocket): void {
  if (this._httpMessage) callBack(timeOutResponse, this._httpMessage);
}

/** The request hears of the next timeout of its socket, as soon as it has one. A second call changes nothing. */
export function listenForTimeout(request: TimedRequest): void {
  if (request.timeoutCb !== null) return;
  request.timeoutCb = emitRequest;
  request._whenSocket((socket) => socket.once('timeout', emitRequest));
}

/** The answer to the request that has the socket hears of all. */
export function listenForTimeouts(socket: TimedSocket): void {
  socket.on('timeout', onResponseTimeout);
}

export function ignoreTimeouts(request: TimedRequest, socket: TimedSocket): void {
  request.timeoutCb = null;
  socket.off('timeout', emitRequest);
  socket.off('timeout', onResponseTimeout);
}

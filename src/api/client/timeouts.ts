/**
 * A request and its response each listen to their socket's 'timeout', the request once, as in Node. Agents count the socket's
 * listeners of 'timeout' to see whether anybody else handles it, so a listener is only added when the program needs it.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { callBack } from '../compat/callBack.js';
import { own } from '../compat/own.js';

/** The host of a request whose socket may time out. */
export interface TimedHost {
  /** Notifies the request. */
  timedOut(): void;
  /** Notifies its response. */
  responseTimedOut(): void;
}

/** A request whose socket may time out. */
export interface TimedRequest {
  readonly [own]: TimedHost;
  /** The request's listener; null while there is none. */
  timeoutCb: (() => void) | null;
  /** Calls `call` with the socket as soon as there is one. */
  _whenSocket(call: (socket: Socket) => void): void;
}

/** A socket, with the request that has it. */
type TimedSocket = Duplex & Partial<Pick<Socket, 'setTimeout'>> & { readonly _httpMessage?: TimedRequest | null };

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
  if (request.timeoutCb !== null) socket.off('timeout', onRequestTimeout);
  request.timeoutCb = null;
  socket.off('timeout', onResponseTimeout);
}

/** The timeout of a request ends with its exchange. */
export function stopTimeout(request: TimedRequest, socket: TimedSocket): void {
  if (request.timeoutCb !== null) socket.setTimeout?.(0);
}

/** A request whose socket was dead, and which gets another. */
interface RetriedRequest extends TimedRequest {
  socket: Socket | null;
  setTimeout(msecs: number): unknown;
}

/** The new socket gets the timeout of the dead one. */
export function forgetSocket(request: RetriedRequest): void {
  const { timeout } = request.socket as Socket;
  request.socket = null;
  if (request.timeoutCb === null) return;
  request.timeoutCb = null;
  request.setTimeout(timeout ?? 0);
}

/**
 * How a request and its answer hear of their socket's timeout: by a listener each, the request's once, as in Node.
 * Agents count the listeners of a socket's 'timeout' to see whether anybody but themselves looks after it: there is none
 * that wasn't asked for.
 */

import { callBack } from '../compat/callBack.js';
import { own } from '../compat/own.js';
import type { ClientSocket } from './ClientConnectionHost.js';
import type { ClientRequest } from './ClientRequest.js';

function timeOutRequest(request: ClientRequest): void {
  request[own].timedOut();
}

function timeOutAnswer(request: ClientRequest): void {
  request[own].answerTimedOut();
}

function tellRequest(this: ClientSocket): void {
  if (this._httpMessage) callBack(timeOutRequest, this._httpMessage);
}

function tellAnswer(this: ClientSocket): void {
  if (this._httpMessage) callBack(timeOutAnswer, this._httpMessage);
}

/** The request hears of the next timeout of its socket, as soon as it has one. A second call changes nothing. */
export function hearTimeout(request: ClientRequest): void {
  if (request.timeoutCb !== null) return;
  request.timeoutCb = tellRequest;
  request._whenSocket((socket) => socket.once('timeout', tellRequest));
}

/** The answer to the request that has the socket hears of all. */
export function hearTimeouts(socket: ClientSocket): void {
  socket.on('timeout', tellAnswer);
}

export function ignoreTimeouts(request: ClientRequest, socket: ClientSocket): void {
  request.timeoutCb = null;
  socket.off('timeout', tellRequest);
  socket.off('timeout', tellAnswer);
}

import { first, line, pathOf, stateOf } from '../compat/describe.js';
import { own } from '../compat/own.js';
import { isFull } from '../message/describe.js';
import type { ClientRequest } from './ClientRequest.js';

export function describeRequest(request: ClientRequest): string {
  const host = request[own] as ClientRequest[typeof own] | undefined;
  if (host === undefined) return line(request, '');
  const at = stateOf(host, 'line');
  const answer = stateOf(host, 'answer');
  return line(
    request,
    `${request.method} ${pathOf(request.host)}${pathOf(request._path)}`,
    stateOf(host, 'message'),
    first(
      [request._closed, 'closed'],
      [request.destroyed, 'destroyed'],
      [at === 'unassigned' || at === 'again', 'waits for a socket'],
      [at === 'parted', 'its socket was handed over'],
      [request.socket?.connecting, 'waits for the connection'],
      [isFull(host), 'waits for the socket to drain'],
      [answer === 'reading', 'receives the response'],
      [answer !== 'awaited', 'has the response'],
      [request.finished, 'waits for the response'],
    ),
  );
}

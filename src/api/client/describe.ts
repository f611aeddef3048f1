import { first, line, pathOf, stateOf } from '../compat/describe.js';
import { own } from '../compat/own.js';
import { isFull } from '../message/describe.js';
import type { RequestHost } from './RequestHost.js';

/** The members of a request that are printed. An object that was never set up, such as the prototype, has no host. */
interface DescribedRequest {
  readonly [own]: RequestHost | undefined;
  readonly method: string;
  readonly host: string;
  readonly _path: string;
  readonly socket: { readonly connecting: boolean } | null;
  readonly destroyed: boolean;
  readonly finished: boolean;
  readonly _closed: boolean;
}

export function describeRequest(request: DescribedRequest): string {
  const host = request[own];
  if (host === undefined) return line(request, '');
  const at = stateOf(host, 'line');
  const response = stateOf(host, 'response');
  return line(
    request,
    `${request.method} ${pathOf(request.host)}${pathOf(request._path)}`,
    stateOf(host, 'message'),
    first(
      [request._closed, 'closed'],
      [request.destroyed, 'destroyed'],
      [at === 'unassigned' || at === 'again', 'waits for a socket'],
      [at === 'upgraded', 'its socket was handed over'],
      [request.socket?.connecting, 'waits for the connection'],
      [isFull(host), 'waits for the socket to drain'],
      [response === 'reading', 'receives the response'],
      [response !== 'awaited', 'has the response'],
      [request.finished, 'waits for the response'],
    ),
  );
}

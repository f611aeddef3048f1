/** Requests over TLS. Source: Node's documentation of `https.request` and `https.get`. */
import { ClientRequest } from '../client/ClientRequest.js';
import { type ResponseListener, readArguments } from '../client/options.js';
import { getGlobalAgent } from './globalAgent.js';
import type { RequestOptions } from './types.js';

/** Makes a request, which `end()` completes. */
export function request(options: RequestOptions | string | URL, listener?: ResponseListener): ClientRequest;
export function request(url: string | URL, options: RequestOptions, listener?: ResponseListener): ClientRequest;
export function request(
  ...[input, second, third]: [
    input: RequestOptions | string | URL,
    second?: RequestOptions | ResponseListener,
    third?: ResponseListener,
  ]
): ClientRequest {
  const { options, listener } = readArguments(input, second, third);
  options._defaultAgent = getGlobalAgent();
  return new ClientRequest(options, listener);
}

/** As `request`, and ends the request: it has no content. */
export function get(options: RequestOptions | string | URL, listener?: ResponseListener): ClientRequest;
export function get(url: string | URL, options: RequestOptions, listener?: ResponseListener): ClientRequest;
export function get(
  input: RequestOptions | string | URL,
  second?: RequestOptions | ResponseListener,
  third?: ResponseListener,
): ClientRequest {
  const made = request(input as string, second as RequestOptions, third);
  made.end();
  return made;
}

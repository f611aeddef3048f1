/** Requests over TLS. Source: Node's documentation of `https.request` and `https.get`. */
import { ClientRequest } from '../client/ClientRequest.js';
import { type ResponseListener, readArguments } from '../client/options.js';
import { getGlobalAgent } from './globalAgent.js';
import type { RequestOptions } from './types.js';

/**
 * The agents of the package agent-base look for this name in the stack to tell whether a request is one of `https:`, or at the
 * protocol in its options.
 */
const named = {
  'node:https:request': (options: RequestOptions, listener: ResponseListener | undefined): ClientRequest =>
    new ClientRequest(options, listener),
};

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
  const agent = getGlobalAgent();
  options._defaultAgent = agent;
  options.protocol ||= agent.protocol;
  return named['node:https:request'](options, listener);
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

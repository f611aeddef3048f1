/** Reads a request's agent, protocol, host and method from its options. Source: Node's documentation of `http.request`. */
import { isToken } from '../../rules/fields.js';
import type { Agent } from '../agent/Agent.js';
import { getGlobalAgent } from '../agent/globalAgent.js';
import * as errors from '../compat/errors.js';
import { validateString } from '../compat/validate.js';
import type { RequestOptions } from './options.js';

function standardAgent(options: RequestOptions): Agent {
  return (options._defaultAgent || getGlobalAgent()) as Agent;
}

/** @throws ERR_INVALID_ARG_TYPE */
export function agentOf(options: RequestOptions): Agent | null | undefined {
  const { agent } = options;
  const standard = standardAgent(options);
  if (agent === false) return new (standard.constructor as new () => Agent)();
  if (agent === null || agent === undefined) {
    return typeof options.createConnection === 'function' ? agent : standard;
  }
  if (typeof (agent as Agent).addRequest !== 'function') {
    throw errors.invalidArgType('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
  }
  return agent as Agent;
}

/** @throws ERR_INVALID_PROTOCOL unless the protocol is that of the agent */
export function protocolOf(options: RequestOptions, agent: Agent | null | undefined): string {
  const standard = standardAgent(options).protocol;
  const protocol = options.protocol || standard;
  const expected = agent?.protocol ?? standard;
  if (protocol !== expected) throw errors.invalidProtocol(protocol, expected);
  return protocol as string;
}

/** @throws ERR_INVALID_ARG_TYPE */
function validateHost(host: unknown, name: string): string | null | undefined {
  if (host !== null && host !== undefined && typeof host !== 'string') {
    throw errors.hideFrames(
      errors.invalidArgType(`options.${name}`, ['string', 'undefined', 'null'], host),
      validateHost,
    );
  }
  return host;
}

/** @throws ERR_INVALID_ARG_TYPE */
export function hostOf({ hostname, host }: RequestOptions): string {
  return validateHost(hostname, 'hostname') || validateHost(host, 'host') || 'localhost';
}

/** @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_HTTP_TOKEN */
export function methodOf({ method }: RequestOptions): string {
  if (method !== null && method !== undefined) validateString(method, 'options.method');
  if (!method) return 'GET';
  if (!isToken(method)) throw errors.invalidHttpToken('Method', method);
  return method.toUpperCase();
}

/** The face: shaped like `node:http`, with `tap` and `watch` beside it. */
import { Agent } from './api/agent/Agent.js';
import { getGlobalAgent, globalAgent, setGlobalAgent, setGlobalProxyFromEnv } from './api/agent/globalAgent.js';
import { ClientRequest, get, request } from './api/client/ClientRequest.js';
import type { Global } from './api/compat/types.js';
import { validateHeaderName, validateHeaderValue } from './api/compat/validate.js';
import { IncomingMessage } from './api/message/IncomingMessage.js';
import { OutgoingMessage } from './api/message/OutgoingMessage.js';
import { logTransitions } from './api/process/debug.js';
import { maxHeaderSize as processMaxHeaderSize } from './api/process/flags.js';
import { tap, watch } from './api/process/observing.js';
import { setMaxIdleHTTPParsers } from './api/process/parsers.js';
import { connectionListener as _connectionListener, createServer, Server } from './api/server/Server.js';
import { ServerResponse } from './api/server/ServerResponse.js';
import * as methods from './rules/methods.js';
import * as status from './rules/status.js';

/** The methods that the parser knows, sorted. */
const METHODS: string[] = [...methods.METHODS];

/** Reasons by status code. What is changed here is what statewire sends, as in Node. */
const STATUS_CODES: Record<number | string, string | undefined> = status.STATUS_CODES;

/** Bytes that the head of a message may have: 16 KiB, or what `--max-http-header-size` says. */
const maxHeaderSize = processMaxHeaderSize();

logTransitions();

function hostGlobal<Name extends string>(name: Name): Global<Name> {
  return Reflect.get(globalThis, name);
}

export type { AgentOptions } from './api/agent/Agent.js';
export type { ProxyEnv } from './api/agent/options.js';
export type { RequestOptions, RequestOptions as ClientRequestArgs } from './api/client/options.js';
export type { InformationEvent } from './api/client/types.js';
export type { IncomingHttpHeaders, OutgoingHttpHeader, OutgoingHttpHeaders } from './api/message/types.js';
export type { ServerResponseOptions } from './api/server/ServerResponse.js';
export type { ServerOptions } from './api/server/settings.js';
export type { RequestListener, ServerEvents } from './api/server/types.js';
export type { Observation, TapListener } from './engine/tap.js';
export type { WatchEvent, WatchOptions } from './engine/watched.js';
export {
  _connectionListener,
  Agent,
  ClientRequest,
  createServer,
  get,
  globalAgent,
  IncomingMessage,
  METHODS,
  maxHeaderSize,
  OutgoingMessage,
  request,
  Server,
  ServerResponse,
  STATUS_CODES,
  setGlobalProxyFromEnv,
  setMaxIdleHTTPParsers,
  tap,
  validateHeaderName,
  validateHeaderValue,
  watch,
};

/** The exports as one object, which may be changed, as that of `require('http')` may. */
export default {
  _connectionListener,
  METHODS,
  STATUS_CODES,
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  Server,
  ServerResponse,
  createServer,
  validateHeaderName,
  validateHeaderValue,
  get,
  request,
  setMaxIdleHTTPParsers,
  setGlobalProxyFromEnv,
  get maxHeaderSize(): number {
    return maxHeaderSize;
  },
  /** The agent of requests that name none. May be replaced. */
  get globalAgent(): Agent {
    return getGlobalAgent();
  },
  set globalAgent(agent: Agent) {
    setGlobalAgent(agent);
  },
  /** These are the host's, where it has them. It makes them when they are asked for, which takes it some ten ms. */
  get WebSocket(): Global<'WebSocket'> {
    return hostGlobal('WebSocket');
  },
  get CloseEvent(): Global<'CloseEvent'> {
    return hostGlobal('CloseEvent');
  },
  get MessageEvent(): Global<'MessageEvent'> {
    return hostGlobal('MessageEvent');
  },
};

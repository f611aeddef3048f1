/** The face: shaped like `node:http`, with the tap beside it. */
import { Agent } from './api/Agent.js';
import { ClientRequest, get, request } from './api/ClientRequest.js';
import { validateHeaderName, validateHeaderValue } from './api/compat/validate.js';
import { getGlobalAgent, setGlobalAgent } from './api/globalAgent.js';
import { IncomingMessage } from './api/IncomingMessage.js';
import { maxHeaderSize as processMaxHeaderSize } from './api/limits.js';
import { OutgoingMessage } from './api/OutgoingMessage.js';
import { setMaxIdleHTTPParsers } from './api/parsers.js';
import { connectionListener as _connectionListener, createServer, Server } from './api/Server.js';
import { ServerResponse } from './api/ServerResponse.js';
import { tap } from './engine/tap.js';
import { METHODS } from './rules/methods.js';
import { STATUS_CODES } from './rules/status.js';

/** Bytes that the head of a message may have: 16 KiB, or what `--max-http-header-size` says. */
const maxHeaderSize = processMaxHeaderSize();

export type { AgentOptions } from './api/Agent.js';
export type { RequestOptions } from './api/options.js';
export type { ServerOptions } from './api/Server.js';
export type { ServerResponseOptions } from './api/ServerResponse.js';
export type {
  IncomingHttpHeaders,
  OutgoingHttpHeader,
  OutgoingHttpHeaders,
  RequestListener,
  ServerEvents,
} from './api/types.js';
export type { Observation, TapListener } from './engine/tap.js';
export {
  _connectionListener,
  Agent,
  ClientRequest,
  createServer,
  get,
  IncomingMessage,
  METHODS,
  maxHeaderSize,
  OutgoingMessage,
  request,
  Server,
  ServerResponse,
  STATUS_CODES,
  setMaxIdleHTTPParsers,
  tap,
  validateHeaderName,
  validateHeaderValue,
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
  maxHeaderSize,
  /** The agent of requests that name none. May be replaced. */
  get globalAgent(): Agent {
    return getGlobalAgent();
  },
  set globalAgent(agent: Agent) {
    setGlobalAgent(agent);
  },
};

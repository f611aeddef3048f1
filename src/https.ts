/** The package's exports for TLS: those of `node:https`. */
import { getGlobalAgent, globalAgent, setGlobalAgent } from './api/tls/globalAgent.js';
import { HttpsAgent as Agent } from './api/tls/HttpsAgent.js';
import { createServer, HttpsServer as Server } from './api/tls/HttpsServer.js';
import { get, request } from './api/tls/requests.js';

export type { AgentOptions, RequestOptions, ServerOptions } from './api/tls/types.js';
export { Agent, createServer, get, globalAgent, request, Server };

/** The exports as one object. Like that of `require('https')`, it may be changed. */
export default {
  Agent,
  /** The agent of requests without one. May be replaced. */
  get globalAgent(): Agent {
    return getGlobalAgent();
  },
  set globalAgent(agent: Agent) {
    setGlobalAgent(agent);
  },
  Server,
  createServer,
  get,
  request,
};

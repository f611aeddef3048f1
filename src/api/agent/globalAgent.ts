import { httpProxy, httpsProxy, isUrl } from '../../rules/proxy.js';
import { proxyInvalidConfig } from '../compat/errors.js';
import { ownOptions } from '../compat/ownOptions.js';
import { validateObject } from '../compat/validate.js';
import { usesEnvProxy } from '../process/flags.js';
import { Agent } from './Agent.js';
import type { AgentOptions, ProxyEnv } from './options.js';

const options = { keepAlive: true, scheduling: 'lifo', timeout: 5000 } as const;

/** The agent of requests without one. The default keeps idle sockets for 5 s. Source: its Node documentation. */
export let globalAgent: Agent = new Agent(globalOptions());

/** The options of a global agent. */
export function globalOptions(): AgentOptions {
  return usesEnvProxy() ? { ...options, proxyEnv: process.env } : options;
}

export function getGlobalAgent(): Agent {
  return globalAgent;
}

export function setGlobalAgent(agent: Agent): void {
  globalAgent = agent;
}

/**
 * From now on requests without an agent go to the proxy in these variables: `globalAgent` is replaced. It stays if they
 * contain no proxy for http: requests.
 * Source: Node's documentation of `http.setGlobalProxyFromEnv`; `fetch()` and node:https are not statewire's to change.
 * @returns a function that restores the previous agent
 * @throws ERR_INVALID_ARG_TYPE, ERR_PROXY_INVALID_CONFIG
 */
export function setGlobalProxyFromEnv(proxyEnv: ProxyEnv = process.env): () => void {
  validateObject(proxyEnv, 'proxyEnv');
  const environment = ownOptions(proxyEnv);
  const http = httpProxy(environment);
  const invalid = [http, httpsProxy(environment)].find((url) => url !== undefined && !isUrl(url));
  if (invalid !== undefined) throw proxyInvalidConfig(invalid);
  if (http === undefined) return () => {};
  const before = globalAgent;
  setGlobalAgent(new Agent({ ...options, proxyEnv }));
  return () => setGlobalAgent(before);
}

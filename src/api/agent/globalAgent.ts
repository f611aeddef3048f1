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

/** The options of a global agent. `proxyEnv`: as the process has set it by default. */
export function globalOptions(proxyEnv: ProxyEnv | undefined = usesEnvProxy() ? process.env : undefined): AgentOptions {
  return proxyEnv === undefined ? options : { ...options, proxyEnv };
}

export function getGlobalAgent(): Agent {
  return globalAgent;
}

export function setGlobalAgent(agent: Agent): void {
  globalAgent = agent;
}

/** Replaces the global agent for https: by one with these variables, or by the default. Returns a function that restores it. */
type Replace = (proxyEnv: ProxyEnv | undefined) => () => void;

/** Set when node:https's face is loaded: it has an agent of its own. */
let replaceSecure: Replace | undefined;
/** The variables for https: requests, while that face isn't loaded. */
let secureProxyEnv: ProxyEnv | undefined;

/**
 * Called by the face for https: when it is loaded.
 * @returns the options of its global agent
 */
export function joinGlobalProxy(replace: Replace): AgentOptions {
  replaceSecure = replace;
  return secureProxyEnv === undefined ? globalOptions() : globalOptions(secureProxyEnv);
}

function setSecureProxy(proxyEnv: ProxyEnv): () => void {
  if (replaceSecure !== undefined) return replaceSecure(proxyEnv);
  secureProxyEnv = proxyEnv;
  return () => {
    secureProxyEnv = undefined;
    replaceSecure?.(undefined);
  };
}

/**
 * From now on requests without an agent go to the proxies in these variables: the `globalAgent` of `http:` is replaced if they
 * contain a proxy for http: requests, that of `https:` if they contain one for https: requests.
 * Source: Node's documentation of `http.setGlobalProxyFromEnv`; `fetch()` is not statewire's to change.
 * @returns a function that restores the previous agents
 * @throws ERR_INVALID_ARG_TYPE, ERR_PROXY_INVALID_CONFIG
 */
export function setGlobalProxyFromEnv(proxyEnv: ProxyEnv = process.env): () => void {
  validateObject(proxyEnv, 'proxyEnv');
  const environment = ownOptions(proxyEnv);
  const [http, https] = [httpProxy(environment), httpsProxy(environment)];
  const invalid = [http, https].find((url) => url !== undefined && !isUrl(url));
  if (invalid !== undefined) throw proxyInvalidConfig(invalid);
  const before = globalAgent;
  const restoreSecure = https === undefined ? undefined : setSecureProxy(proxyEnv);
  if (http !== undefined) setGlobalAgent(new Agent(globalOptions(proxyEnv)));
  return () => {
    if (http !== undefined) setGlobalAgent(before);
    restoreSecure?.();
  };
}

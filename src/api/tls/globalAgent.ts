import { globalOptions, joinGlobalProxy } from '../agent/globalAgent.js';
import { HttpsAgent } from './HttpsAgent.js';

/** The agent of requests without one. The default keeps idle sockets for 5 s. Source: its Node documentation. */
export let globalAgent: HttpsAgent = new HttpsAgent(
  joinGlobalProxy((proxyEnv) => {
    const before = globalAgent;
    setGlobalAgent(new HttpsAgent(globalOptions(proxyEnv)));
    return () => setGlobalAgent(before);
  }),
);

export function getGlobalAgent(): HttpsAgent {
  return globalAgent;
}

export function setGlobalAgent(agent: HttpsAgent): void {
  globalAgent = agent;
}

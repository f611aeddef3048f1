import { globalOptions } from '../agent/globalAgent.js';
import { HttpsAgent } from './HttpsAgent.js';

/** The agent of requests without one. The default keeps idle sockets for 5 s. Source: its Node documentation. */
export let globalAgent: HttpsAgent = new HttpsAgent(globalOptions());

export function getGlobalAgent(): HttpsAgent {
  return globalAgent;
}

export function setGlobalAgent(agent: HttpsAgent): void {
  globalAgent = agent;
}

import { Agent } from './Agent.js';

/** The agent of requests that name none; until it is assigned, it keeps sockets for 5 s. Source: its Node documentation. */
export let globalAgent: Agent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });

/** The agent of requests that name none. */
export function getGlobalAgent(): Agent {
  return globalAgent;
}

export function setGlobalAgent(agent: Agent): void {
  globalAgent = agent;
}

import { Agent } from './Agent.js';

/** What `http.globalAgent` is until it is assigned: sockets are kept, for 5 s. Source: its Node documentation. */
let globalAgent: Agent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });

/** The agent of requests that name none. */
export function getGlobalAgent(): Agent {
  return globalAgent;
}

export function setGlobalAgent(agent: Agent): void {
  globalAgent = agent;
}

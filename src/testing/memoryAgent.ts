/** An agent whose connections lead into a server of this process. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Agent } from '../api/agent/Agent.js';
import type { AgentOptions } from '../api/agent/options.js';
import { socketPair } from './MemorySocket.js';

export interface MemoryAgentOptions extends AgentOptions {
  /** Of the sockets, at both ends. Default: the host's. */
  readonly highWaterMark?: number | undefined;
}

/**
 * An agent for requests to `server`, wherever they say that they go: no port is taken, and the server needn't listen.
 *
 * Each connection is a {@link socketPair}; the server is given its end by 'connection' when the connection is made. It may
 * be any server that serves what it is given so: statewire's, node:http's.
 *
 * @param options those of `new Agent()`
 */
export function memoryAgent(server: EventEmitter, options: MemoryAgentOptions = {}): Agent {
  const agent = new Agent(options);
  agent.createConnection = ({ timeout, port }) => {
    const [caller, called] = socketPair({ highWaterMark: options.highWaterMark, port: Number(port) || 80 });
    if (timeout) caller.setTimeout(timeout);
    caller.prependOnceListener('connect', () => server.emit('connection', called satisfies Socket));
    return caller;
  };
  return agent;
}

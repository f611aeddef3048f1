/** An agent whose connections lead to a server of this process. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Agent } from '../api/agent/Agent.js';
import type { AgentOptions } from '../api/agent/options.js';
import { invalidArgType } from '../api/compat/errors.js';
import { validateInteger, validateObject } from '../api/compat/validate.js';
import { socketPair } from './MemorySocket.js';

/** Options of {@link memoryAgent}: those of `new Agent()`, and one more. */
export interface MemoryAgentOptions extends AgentOptions {
  /** The highWaterMark of both ends of the sockets, in bytes. Default: the host's. */
  readonly highWaterMark?: number | undefined;
}

/** Of a handler, and of an application of Express. */
const ofHandler = 'an instance of Server: pass http.createServer(handler)';

/**
 * An agent that sends all requests to `server`, whatever their host and port. No port is used, and the server need not listen.
 *
 * Each connection is a {@link socketPair}; the server receives its end by 'connection'. Any server that accepts sockets this way
 * will do: statewire's or node:http's. See docs/testing.md.
 *
 * @param server what `createServer()` returns
 * @param options the options of `new Agent()`
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 */
export function memoryAgent(server: EventEmitter, options: MemoryAgentOptions = {}): Agent {
  // An application of Express emits events, too, but no server.
  if (typeof server !== 'object' || typeof server?.emit !== 'function')
    throw invalidArgType('server', typeof server === 'function' ? ofHandler : 'Server', server);
  validateObject(options, 'options');
  if (options.highWaterMark !== undefined) validateInteger(options.highWaterMark, 'options.highWaterMark', 0);
  const agent = new Agent(options);
  agent.createConnection = ({ timeout, port }) => {
    const [caller, called] = socketPair({ highWaterMark: options.highWaterMark, port: Number(port) || 80 });
    if (timeout) caller.setTimeout(timeout);
    caller.prependOnceListener('connect', () => server.emit('connection', called satisfies Socket));
    return caller;
  };
  return agent;
}

import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Agent } from './Agent.js';

/**
 * An agent as Node declares it. A parameter that required the additional members of our Agent would refuse the agents of
 * programs written for node:http.
 */
export interface AgentFace
  extends EventEmitter,
    Pick<Agent, 'createConnection' | 'destroy' | 'getName' | 'keepSocketAlive' | 'reuseSocket'>,
    Pick<Agent, 'maxFreeSockets' | 'maxSockets' | 'maxTotalSockets'> {
  readonly freeSockets: NodeJS.ReadOnlyDict<Socket[]>;
  readonly sockets: NodeJS.ReadOnlyDict<Socket[]>;
  // biome-ignore lint/suspicious/noExplicitAny: requests of either kind.
  readonly requests: NodeJS.ReadOnlyDict<any[]>;
}

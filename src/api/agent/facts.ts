/** What an agent says about itself, for `explain`. */
import type { AgentFacts, ClientConnectionFacts, PooledFacts, QueueFacts, RequestFacts } from '../../events/facts.js';
import { factsOf } from '../process/known.js';
import type { AgentRequest } from './Asking.js';
import type { AgentSocket } from './PooledSocket.js';
import type { Table } from './Sockets.js';

/** An agent, or an object of the program in its place. */
interface Tables {
  readonly requests: Table<AgentRequest>;
  readonly sockets: Table<AgentSocket>;
  readonly freeSockets: Table<AgentSocket>;
  readonly maxSockets: number;
  readonly maxTotalSockets: number;
}

/** @param index its place in the list of that name; -1 if it is in none */
function placeInQueue(agent: Partial<Tables>, name: string | undefined, index: number): QueueFacts {
  const { sockets, maxSockets = Infinity, maxTotalSockets = Infinity } = agent;
  const inUse = name === undefined ? 0 : (sockets?.[name]?.length ?? 0);
  return { position: index + 1, maxSockets, maxTotalSockets, inUse };
}

/** Where a request without a socket is. */
export function queueFacts(agent: Partial<Tables> | null | undefined, request: AgentRequest): QueueFacts | undefined {
  if (!agent) return undefined;
  for (const [name, list = []] of Object.entries(agent.requests ?? {})) {
    const index = list.indexOf(request);
    if (index >= 0) return placeInQueue(agent, name, index);
  }
  return placeInQueue(agent, undefined, -1);
}

/** `opening`: the requests for which connections are made. */
export function agentFacts(
  agent: Tables,
  opening: Iterable<AgentRequest>,
  pooledOf: (socket: AgentSocket) => PooledFacts | undefined,
): AgentFacts {
  const connections: ClientConnectionFacts[] = [];
  const requests: RequestFacts[] = [];
  for (const table of [agent.sockets, agent.freeSockets]) {
    for (const list of Object.values(table ?? {})) {
      for (const socket of list ?? []) {
        const facts = factsOf(socket);
        if (facts?.kind !== 'clientConnection') continue;
        facts.pooled = pooledOf(socket);
        connections.push(facts);
      }
    }
  }
  const add = (request: AgentRequest, name: string | undefined, index: number): void => {
    const facts = factsOf(request);
    if (facts?.kind !== 'request') return;
    facts.queue = placeInQueue(agent, name, index);
    requests.push(facts);
  };
  for (const request of opening) add(request, undefined, -1);
  for (const [name, list = []] of Object.entries(agent.requests ?? {})) {
    for (let index = 0; index < list.length; index++) add(list[index] as AgentRequest, name, index);
  }
  return { kind: 'agent', connections, requests };
}

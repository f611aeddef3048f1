/** What an agent says about itself, for `explain`. */
import type { AgentFacts, ClientConnectionFacts, Facts, QueueFacts, RequestFacts } from '../../events/facts.js';
import { factsOf } from '../process/known.js';
import type { AgentRequest } from './Asking.js';
import type { AgentSocket, PooledSocket } from './PooledSocket.js';
import type { Table } from './Sockets.js';

/** An agent, or an object of the program in its place. */
interface Tables {
  readonly requests: Table<AgentRequest>;
  readonly sockets: Table<AgentSocket>;
  readonly freeSockets: Table<AgentSocket>;
  readonly maxSockets: number;
  readonly maxTotalSockets: number;
}

const all = <T>(table: Table<T> | undefined): T[] => Object.values(table ?? {}).flatMap((list) => list ?? []);

/** Where a request without a socket is. */
export function queueFacts(agent: Partial<Tables> | null | undefined, request: AgentRequest): QueueFacts | undefined {
  if (!agent) return undefined;
  const { requests, sockets, maxSockets = Infinity, maxTotalSockets = Infinity } = agent;
  const entry = Object.entries(requests ?? {}).find(([, list]) => list?.includes(request));
  const inUse = entry === undefined ? 0 : (sockets?.[entry[0]]?.length ?? 0);
  return { position: entry === undefined ? 0 : entry[1]!.indexOf(request) + 1, maxSockets, maxTotalSockets, inUse };
}

/** `opening`: the requests for which connections are made. */
export function agentFacts(
  agent: Tables,
  opening: Iterable<AgentRequest>,
  slotOf: (socket: AgentSocket) => PooledSocket | undefined,
): AgentFacts {
  const connections = [...all(agent.sockets), ...all(agent.freeSockets)].flatMap((socket) => {
    const facts = factsOf(socket);
    return isConnection(facts) ? [{ ...facts, idleLeft: slotOf(socket)?.idleLeft }] : [];
  });
  const requests = [...opening, ...all(agent.requests)].map(factsOf).filter(isRequest);
  return { kind: 'agent', connections, requests };
}

const isConnection = (facts: Facts | undefined): facts is ClientConnectionFacts => facts?.kind === 'clientConnection';
const isRequest = (facts: Facts | undefined): facts is RequestFacts => facts?.kind === 'request';

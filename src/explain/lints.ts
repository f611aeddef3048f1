/** Five common mistakes, as they show in what waits. */
import type {
  AgentFacts,
  ClientConnectionFacts,
  Facts,
  RequestFacts,
  ResponseFacts,
  SocketFacts,
} from '../events/facts.js';
import { connectionName, placeName } from '../rules/naming.js';
import type { Explanation } from './explanation.js';
import { duration, size } from './phrases.js';

/** Which mistake: docs/explain.md. */
export type LintCode = 'unreadResponse' | 'ignoredBackPressure' | 'notResponded' | 'shortKeepAlive' | 'growingQueue';

/** A mistake, and its remedy. */
export interface Lint {
  /** Which mistake. */
  readonly code: LintCode;
  /** Of the exchange, request or connection; '-' for an agent. */
  readonly id: string;
  /** What is wrong, and what to do: a sentence. */
  readonly text: string;
}

/** A response is left unread for so long, in ms. */
const UNREAD = 3000;
/** A request has no response for so long, in ms. */
const LATE = 30_000;
/** So much waits to be sent, in bytes. */
const MUCH = 1024 * 1024;

/** A mistake that was found, and by what it is known when it is found again. */
interface Found extends Lint {
  readonly key: string;
}

/** What a look finds. */
interface Look {
  /** Those who were asked, and what they have said. */
  readonly asked: readonly (readonly [host: object, facts: Facts])[];
  readonly lines: readonly Explanation[];
  /** The queues of agents at the last look, which are replaced. */
  readonly queues: Queues;
}

/** For each agent a number, and how long its queue was. */
export type Queues = WeakMap<object, { readonly number: number; readonly length: number }>;

export function lintsOf({ asked, lines, queues }: Look): Found[] {
  const plain = [...lines.flatMap(ofLine), ...asked.flatMap(([, facts]) => [...lateUses(facts), ...overruns(facts)])];
  // A connection may be known to two agents.
  const found = new Map(plain.map((lint) => [`${lint.code} ${lint.id}`, lint]));
  const keyed = [...found].map(([key, lint]) => ({ ...lint, key }));
  return [...keyed, ...asked.flatMap(([host, facts]) => (facts.kind === 'agent' ? growth(host, facts, queues) : []))];
}

const lintOf = (code: LintCode, id: string, text: string): Lint => ({ code, id, text });

function ofLine({ id, role, what, waits }: Explanation): Lint[] {
  const lint = (code: LintCode, text: string): Lint => lintOf(code, id, `${id} ${what}: ${text}`);
  const isArriving = waits.some(({ for: code }) => code === 'body');
  return waits.flatMap(({ for: code, since = 0 }) => {
    if (role === 'client' && (code === 'unread' || code === 'readBody') && since > UNREAD) {
      const text = `the response is not read for ${duration(since)}, and holds its socket: read it, or call resume() or destroy()`;
      return [lint('unreadResponse', text)];
    }
    // A program may respond when it has the whole request.
    if (role === 'server' && code === 'respond' && since > LATE && !isArriving) {
      return [lint('notResponded', `no response for ${duration(since)}: call end() on every way, also after an error`)];
    }
    return [];
  });
}

/** Messages that a program goes on writing although write() returns false: what it writes piles up. */
function overruns(facts: Facts): Lint[] {
  switch (facts.kind) {
    case 'server': {
      const found: Lint[] = [];
      facts.eachConnection((connection) => found.push(...overruns(connection)));
      return found;
    }
    case 'agent':
      return [...facts.connections, ...facts.requests].flatMap(overruns);
    case 'connection':
      return facts.exchanges.flatMap(({ request, response }) =>
        overrun(response, `${placeName('response', response)} ${request.what}`, facts.socket),
      );
    case 'clientConnection':
      return facts.request === undefined ? [] : overruns(facts.request);
    case 'request':
      return overrun(facts, `${placeName('request', facts)} ${facts.what}`, facts.socket);
    default:
      return [];
  }
}

function overrun(facts: ResponseFacts | RequestFacts, name: string, socket: SocketFacts | undefined): Lint[] {
  const { kind, kept, isOverrun, state } = facts;
  // What is in the socket before a response has its turn is of others.
  const waiting = kept + (state.line === 'waiting' || socket === undefined ? 0 : socket.inSocket);
  if (!isOverrun || waiting <= MUCH) return [];
  const text = `${name}: it was written on although write() had returned false, and ${size(waiting)} wait: wait for 'drain', or use pipeline()`;
  return [lintOf('ignoredBackPressure', placeName(kind, facts), text)];
}

/**
 * Connections that were used after the time that their server announces, and before it closed them, which it does a little
 * later (`keepAliveTimeoutBuffer`). What a peer sends after that is not seen: the socket is closed, and the peer gets a reset.
 */
function lateUses(facts: Facts): Lint[] {
  const found: Lint[] = [];
  if (facts.kind !== 'server') return found;
  facts.eachConnection(({ connection, lateUse }) => {
    if (lateUse === 0) return;
    const id = connectionName('server', connection);
    const text = `${id}: its peer has used it after ${duration(lateUse)}, later than keepAliveTimeout: had it been a little later, it would have got a reset. Raise keepAliveTimeout above what the peer, such as a proxy, has`;
    found.push(lintOf('shortKeepAlive', id, text));
  });
  return found;
}

let agents = 0;

/** Whether its queue has grown since then. */
function growth(host: object, { requests, connections }: AgentFacts, queues: Queues): Found[] {
  const { length } = requests;
  const { number, length: before } = queues.get(host) ?? { number: ++agents, length: 0 };
  queues.set(host, { number, length });
  if (before === 0 || length <= before) return [];
  const text = `an agent's queue has grown from ${before} to ${length} requests: raise maxSockets (${busy(connections)} sockets are busy), or ask less`;
  return [{ ...lintOf('growingQueue', '-', text), key: `growingQueue ${number}` }];
}

const busy = (connections: readonly ClientConnectionFacts[]): number =>
  connections.filter(({ request }) => request !== undefined).length;

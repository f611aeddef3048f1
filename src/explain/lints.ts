/** Five common mistakes, as they show in what waits. */
import type { AgentFacts, ClientConnectionFacts, Facts } from '../events/facts.js';
import { connectionName } from '../rules/naming.js';
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
/** So much is written to a socket that takes no more, in bytes. */
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
  const plain = [...lines.flatMap(ofLine), ...asked.flatMap(([, facts]) => lateUses(facts))];
  const found = plain.map((lint) => ({ ...lint, key: `${lint.code} ${lint.id}` }));
  return [...found, ...asked.flatMap(([host, facts]) => (facts.kind === 'agent' ? growth(host, facts, queues) : []))];
}

const lintOf = (code: LintCode, id: string, text: string): Lint => ({ code, id, text });

function ofLine({ id, role, what, waits, counts }: Explanation): Lint[] {
  const lint = (code: LintCode, text: string): Lint => lintOf(code, id, `${id} ${what}: ${text}`);
  const isArriving = waits.some(({ for: code }) => code === 'body');
  return waits.flatMap(({ for: code, since = 0 }) => {
    if (role === 'client' && (code === 'unread' || code === 'readBody') && since > UNREAD) {
      const text = `the response is not read for ${duration(since)}, and holds its socket: read it, or call resume() or destroy()`;
      return [lint('unreadResponse', text)];
    }
    if (code === 'peerReads' && counts.inSocket > MUCH) {
      const text = `${size(counts.inSocket)} wait in the socket: when write() returns false, wait for 'drain', or use pipeline()`;
      return [lint('ignoredBackPressure', text)];
    }
    // A program may respond when it has the whole request.
    if (role === 'server' && code === 'respond' && since > LATE && !isArriving) {
      return [lint('notResponded', `no response for ${duration(since)}: call end() on every way, also after an error`)];
    }
    return [];
  });
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

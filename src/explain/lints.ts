/** Five common mistakes, as they show in what waits. */
import type { ClientConnectionFacts, Facts } from '../events/facts.js';
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

/** @param sizes the lengths of queues when it was called last, which are replaced */
export function lintsOf(facts: readonly Facts[], lines: readonly Explanation[], sizes: Map<string, number>): Lint[] {
  return [...lines.flatMap(ofLine), ...facts.flatMap(lateUses), ...queues(facts, sizes)];
}

const lintOf = (code: LintCode, id: string, text: string): Lint => ({ code, id, text });

function ofLine({ id, role, what, waits, counts }: Explanation): Lint[] {
  const lint = (code: LintCode, text: string): Lint => lintOf(code, id, `${id} ${what}: ${text}`);
  return waits.flatMap(({ for: code, since = 0 }) => {
    if (role === 'client' && code === 'unread' && since > UNREAD) {
      const text = `the response is not read for ${duration(since)}, and holds its socket: read it, or call resume() or destroy()`;
      return [lint('unreadResponse', text)];
    }
    if (code === 'peerReads' && counts.inSocket > MUCH) {
      const text = `${size(counts.inSocket)} wait in the socket: when write() returns false, wait for 'drain', or use pipeline()`;
      return [lint('ignoredBackPressure', text)];
    }
    if (role === 'server' && code === 'respond' && since > LATE) {
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

/** Queues that have grown since then. */
function queues(facts: readonly Facts[], sizes: Map<string, number>): Lint[] {
  const found: Lint[] = [];
  let index = 0;
  for (const each of facts) {
    if (each.kind !== 'agent') continue;
    const key = String(index++);
    const waiting = each.requests.length;
    const before = sizes.get(key);
    sizes.set(key, waiting);
    if (before !== undefined && before > 0 && waiting > before) {
      const text = `an agent's queue has grown from ${before} to ${waiting} requests: raise maxSockets (${busy(each.connections)} sockets are busy), or ask less`;
      found.push(lintOf('growingQueue', '-', text));
    }
  }
  return found;
}

const busy = (connections: readonly ClientConnectionFacts[]): number =>
  connections.filter(({ request }) => request !== undefined).length;

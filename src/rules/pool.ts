/**
 * The decisions of a connection pool, based on counts and plain facts.
 *
 * A name stands for all that two requests must have in common to share a connection. A connection of a name is in use, idle, or
 * being opened; a request of the name without a connection waits. `open` counts the connections of a name, bounded by
 * `maxSockets`; `total` counts those of all names, bounded by `maxTotalSockets`. An idle connection of one name may be closed
 * to open one of another name, so that no request waits for a connection that nobody uses.
 *
 * Sources: RFC 9112 §9.3 (persistence), §9.4 (concurrency), §9.5 (a connection may be closed while it is idle: these rules avoid
 * that race); Node's documentation of `http.Agent`. All times are in ms.
 */

/** Which idle connection is used first: with 'lifo' the one used last, with 'fifo' the one idle for longest. */
export type Scheduling = 'lifo' | 'fifo';

export const schedulings: readonly Scheduling[] = ['fifo', 'lifo'];

export function takesNewest(scheduling: Scheduling): boolean {
  return scheduling !== 'fifo';
}

/** The visible properties of a connection; any `stream.Duplex` has them. */
export interface Condition {
  readonly destroyed: boolean;
  readonly writable: boolean;
  readonly readable: boolean;
  readonly readableEnded: boolean;
  /** Received bytes that aren't read. An idle connection must not receive any (RFC 9112 §9.2). */
  readonly readableLength: number;
}

/** Whether a request may be sent, as far as this side knows. */
export function mayBeUsed(connection: Condition): boolean {
  return (
    !connection.destroyed &&
    connection.writable &&
    connection.readable &&
    !connection.readableEnded &&
    connection.readableLength === 0
  );
}

/**
 * How long a connection may be idle and still be reused at once. After a longer time, the sockets are polled first: the peer's
 * FIN may wait in the system, unread while the program was busy. Node issues 20256, 47130, 52649.
 */
export const TRUSTED_IDLENESS = 250;

export function mustPoll(idleFor: number): boolean {
  return idleFor > TRUSTED_IDLENESS;
}

export interface Limits {
  readonly maxSockets: number;
  readonly maxTotalSockets: number;
}

export interface Load {
  readonly open: number;
  /** How many of `open` are idle. */
  readonly idle: number;
  readonly total: number;
  /** How many of `total` are idle. Used when the total has reached its bound. */
  readonly totalIdle: number;
}

/** What to do for a request without an idle connection. 'evict': close an idle connection of another name to make room. */
export type Provision = 'open' | 'evict' | 'wait';

export function provisionOf({ open, total, totalIdle }: Load, { maxSockets, maxTotalSockets }: Limits): Provision {
  if (!(open < maxSockets)) return 'wait';
  if (total < maxTotalSockets) return 'open';
  return total - totalIdle < maxTotalSockets ? 'evict' : 'wait';
}

/** Whether only the bound of the total keeps a request waiting. */
export function waitsForTotal({ open, total }: Load, { maxSockets, maxTotalSockets }: Limits): boolean {
  return open < maxSockets && total >= maxTotalSockets;
}

/**
 * The name whose request may open a connection after one has closed: the same name, else the first one that may open one.
 *
 * @param preferred the name of the closed connection
 * @param waiting all names with waiting requests
 */
export function nextToOpen(
  preferred: string,
  waiting: readonly string[],
  provision: (name: string) => Provision,
): string | undefined {
  if (waiting.includes(preferred) && provision(preferred) !== 'wait') return preferred;
  return waiting.find((name) => provision(name) !== 'wait');
}

/** A connection whose exchange is over. */
export interface Released {
  readonly isUsable: boolean;
  /** The exchange lets the connection persist, and the pool keeps connections. */
  readonly persists: boolean;
  /** A request of its name waits. */
  readonly isAwaited: boolean;
  /** A request of another name waits, only because of the bound of the total. */
  readonly isInTheWay: boolean;
}

export type Fate = 'hand' | 'keep' | 'close';

/** @param load the load of its name, in which the connection counts as in use */
export function fateOf(released: Released, load: Load, limits: Limits & { readonly maxFreeSockets: number }): Fate {
  if (!released.isUsable) return 'close';
  if (released.isAwaited) return 'hand';
  if (!released.persists || released.isInTheWay) return 'close';
  const isTooMany =
    load.open > limits.maxSockets || load.total > limits.maxTotalSockets || load.idle >= limits.maxFreeSockets;
  return isTooMany ? 'close' : 'keep';
}

const timeoutParameter = /(?:^|[,;])\s*timeout\s*=\s*"?(\d+)/i;

/**
 * How long the server announces to keep an idle connection, in ms.
 *
 * @param field the value of Keep-Alive (RFC 2068 §19.7.1.1), such as `timeout=5, max=100`
 */
export function keepAliveHint(field: unknown): number | undefined {
  if (typeof field !== 'string') return undefined;
  const seconds = timeoutParameter.exec(field)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** The longest delay of the host's timers. */
const LONGEST = 2 ** 31 - 1;

/**
 * How long a connection may be idle: 0 if it must not be kept, Infinity if there is no bound.
 *
 * @param hint the server's announcement, if there is one
 * @param buffer how much sooner than the server this side closes
 * @param timeout the pool's own bound; 0 for none
 */
export function idleAllowance(hint: number | undefined, buffer: number, timeout: number): number {
  const allowed = Math.min(timeout > 0 ? timeout : Infinity, Math.max(0, (hint ?? Infinity) - buffer));
  return allowed > LONGEST ? Infinity : allowed;
}

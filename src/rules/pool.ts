/**
 * What a pool of connections decides, out of counts and plain facts.
 *
 * A name stands for all that two requests must have in common to share a connection. A connection of a name is in use,
 * idle, or being opened, and a request of that name without one waits. `open` counts the first three, `total` those of
 * all names; `maxSockets` bounds the one, `maxTotalSockets` the other. What is idle under one name may be closed to open
 * a connection under another, so that no request waits for a connection that nobody uses.
 *
 * Sources: RFC 9112 §9.3 (persistence), §9.4 (concurrency), §9.5 (a connection may be closed while it is idle; that is
 * the race these rules keep away from); Node's documentation of `http.Agent`. All times are in ms.
 */

/** Which idle connection is used first: 'lifo' the one that was used last, 'fifo' the one that has waited longest. */
export type Scheduling = 'lifo' | 'fifo';

export const schedulings: readonly Scheduling[] = ['fifo', 'lifo'];

export function takesNewest(scheduling: Scheduling): boolean {
  return scheduling !== 'fifo';
}

/** What shows of a connection from outside; any `stream.Duplex` is one. */
export interface Condition {
  readonly destroyed: boolean;
  readonly writable: boolean;
  readonly readable: boolean;
  readonly readableEnded: boolean;
  /** Bytes that came and were not read. On an idle connection nothing may come (RFC 9112 §9.2). */
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
 * How long a connection may be idle and still be used at once. A program that was busy for a while has not yet read the
 * peer's FIN, which may wait in the system; behind a longer idleness one asks the system first.
 * Node issues 20256, 47130, 52649.
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
  /** How many of `total` are idle. Looked at when the total has reached its bound. */
  readonly totalIdle: number;
}

/** What becomes of a request that no idle connection serves. 'evict': an idle one of another name makes room. */
export type Provision = 'open' | 'evict' | 'wait';

export function provisionOf({ open, total, totalIdle }: Load, { maxSockets, maxTotalSockets }: Limits): Provision {
  if (!(open < maxSockets)) return 'wait';
  if (total < maxTotalSockets) return 'open';
  return total - totalIdle < maxTotalSockets ? 'evict' : 'wait';
}

/** Whether nothing but the total keeps a request waiting. */
export function waitsForTotal({ open, total }: Load, { maxSockets, maxTotalSockets }: Limits): boolean {
  return open < maxSockets && total >= maxTotalSockets;
}

/**
 * Whose request is given the room that a connection has left: one of its own name, else of the first that may have it.
 *
 * @param own the name of the connection that left
 * @param waiting all names for which requests wait
 */
export function nextToOpen(
  own: string,
  waiting: readonly string[],
  provision: (name: string) => Provision,
): string | undefined {
  if (waiting.includes(own) && provision(own) !== 'wait') return own;
  return waiting.find((name) => provision(name) !== 'wait');
}

/** A connection whose exchange is over. */
export interface Released {
  readonly isUsable: boolean;
  /** The exchange lets the connection persist, and the pool keeps connections. */
  readonly persists: boolean;
  /** A request of its name waits. */
  readonly isAwaited: boolean;
  /** A request of another name waits, and nothing but the total keeps it. */
  readonly isInTheWay: boolean;
}

export type Fate = 'hand' | 'keep' | 'close';

/** @param load of its name; the connection counts as one in use */
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
 * How long the server says it keeps an idle connection, in ms.
 *
 * @param field the value of Keep-Alive (RFC 2068 §19.7.1.1), as `timeout=5, max=100`
 */
export function keepAliveHint(field: unknown): number | undefined {
  if (typeof field !== 'string') return undefined;
  const seconds = timeoutParameter.exec(field)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** What the host's timers can count. */
const LONGEST = 2 ** 31 - 1;

/**
 * How long a connection may be idle: 0 when it must not be kept, Infinity without a bound.
 *
 * @param hint of the server, if it gave one
 * @param buffer how much sooner than the server one lets go
 * @param timeout of the pool itself; 0 for none
 */
export function idleAllowance(hint: number | undefined, buffer: number, timeout: number): number {
  const allowed = Math.min(timeout > 0 ? timeout : Infinity, Math.max(0, (hint ?? Infinity) - buffer));
  return allowed > LONGEST ? Infinity : allowed;
}

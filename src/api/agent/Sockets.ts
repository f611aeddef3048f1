/**
 * The sockets of an agent: in use, idle, being opened. The first two are in the agent's public tables. Packages read these,
 * and some put placeholders for future sockets into `sockets`, so the tables themselves are counted.
 */
import type { Duplex } from 'node:stream';
import { type Load, mayBeUsed, type Scheduling, takesNewest } from '../../rules/pool.js';
import type { ConnectionOptions } from './connectionOptions.js';
import { type AgentSocket, PooledSocket, type SocketOwner } from './PooledSocket.js';

/** Lists by name. We leave no empty lists; programs may. */
export type Table<T> = Record<string, T[] | undefined>;

export function put<T>(table: Table<T>, name: string, item: T): void {
  const list = table[name];
  if (list === undefined) table[name] = [item];
  else list.push(item);
}

export function putFirst<T>(table: Table<T>, name: string, item: T): void {
  table[name] = [item, ...(table[name] ?? [])];
}

/** Removes an item, and its list if that becomes empty. */
export function takeOut<T>(table: Table<T>, name: string, item: T): boolean {
  const list = table[name];
  if (list === undefined) return false;
  if (list.at(-1) === item) list.pop();
  else {
    const at = list.indexOf(item);
    if (at < 0) return false;
    list.splice(at, 1);
  }
  if (list.length === 0) delete table[name];
  return true;
}

/** The agent of the sockets: its tables, and its limits. */
export interface SocketsAgent extends SocketOwner {
  /** In use. */
  readonly sockets: Table<AgentSocket>;
  /** Idle, longest idle first. */
  readonly freeSockets: Table<AgentSocket>;
  /** The number of sockets in both tables. */
  totalSocketCount: number;
  readonly maxTotalSockets: number;
  readonly scheduling: Scheduling;
}

export class Sockets {
  private readonly agent: SocketsAgent;
  private readonly pooled = new WeakMap<Duplex, PooledSocket>();
  private readonly opening = new Map<string, number>();
  private openings = 0;
  /** Emits the keys of TLS sockets on the agent. Set once the agent has a listener for 'keylog'. */
  private onKeylog: ((this: Duplex, line: Buffer) => void) | undefined;

  constructor(agent: SocketsAgent) {
    this.agent = agent;
  }

  get(socket: Duplex): PooledSocket | undefined {
    return this.pooled.get(socket);
  }

  /** A new socket, in use. */
  adopt(socket: AgentSocket, name: string, options: ConnectionOptions): PooledSocket {
    const { agent, onKeylog } = this;
    const slot = new PooledSocket(agent, socket, name, options);
    this.pooled.set(socket, slot);
    put(agent.sockets, name, socket);
    agent.totalSocketCount++;
    if (onKeylog !== undefined) socket.on('keylog', onKeylog);
    return slot;
  }

  /** Takes a socket that the program has put among the idle ones. */
  private adoptIdle(socket: AgentSocket, name: string): PooledSocket {
    const slot = this.adopt(socket, name, {});
    slot.rest();
    return slot;
  }

  /** The socket leaves the agent. */
  leave(socket: AgentSocket, name: string): void {
    const { agent } = this;
    this.pooled.get(socket)?.release();
    this.pooled.delete(socket);
    for (const table of [agent.sockets, agent.freeSockets]) {
      if (takeOut(table, name, socket)) agent.totalSocketCount--;
    }
  }

  /** Closes an idle socket and removes it at once. */
  close(socket: AgentSocket, name: string): void {
    socket.destroy();
    this.leave(socket, name);
  }

  /** Moves a socket from those in use to the idle ones. */
  rest(slot: PooledSocket): void {
    takeOut(this.agent.sockets, slot.name, slot.socket);
    put(this.agent.freeSockets, slot.name, slot.socket);
    slot.rest();
  }

  /** Moves a usable idle socket to those in use. Unusable ones that it meets are closed. */
  take(name: string): PooledSocket | undefined {
    const { freeSockets, sockets, scheduling } = this.agent;
    for (let idle = freeSockets[name]; idle?.length; idle = freeSockets[name]) {
      const socket = takesNewest(scheduling) ? idle.at(-1)! : idle[0]!;
      if (mayBeUsed(socket)) {
        takeOut(freeSockets, name, socket);
        const slot = this.pooled.get(socket);
        if (slot === undefined) return this.adoptIdle(socket, name);
        put(sockets, name, socket);
        return slot;
      }
      this.close(socket, name);
    }
    return undefined;
  }

  /** Closes the socket of that name that has been idle longest, if there is one. */
  closeIdle(name: string): boolean {
    const socket = this.agent.freeSockets[name]?.[0];
    if (socket !== undefined) this.close(socket, name);
    return socket !== undefined;
  }

  /** Closes the socket that has been idle longest. */
  evict(): void {
    let oldest: AgentSocket | undefined;
    let since = Number.POSITIVE_INFINITY;
    let of = '';
    for (const [name, idle] of Object.entries(this.agent.freeSockets)) {
      const socket = idle?.[0];
      const { idleSince = 0 } = (socket && this.pooled.get(socket)) ?? {};
      if (socket !== undefined && idleSince < since) [oldest, since, of] = [socket, idleSince, name];
    }
    if (oldest !== undefined) this.close(oldest, of);
  }

  /** A connection is being opened (1), or no longer (-1). */
  countOpening(name: string, change: 1 | -1): void {
    const count = (this.opening.get(name) ?? 0) + change;
    if (count === 0) this.opening.delete(name);
    else this.opening.set(name, count);
    this.openings += change;
  }

  load(name: string): Load {
    const { sockets, freeSockets, totalSocketCount, maxTotalSockets } = this.agent;
    const idle = freeSockets[name]?.length ?? 0;
    const open = (sockets[name]?.length ?? 0) + idle + (this.opening.get(name) ?? 0);
    const total = totalSocketCount + this.openings;
    return { open, idle, total, totalIdle: total < maxTotalSockets ? idle : this.countIdle() };
  }

  private countIdle(): number {
    return Object.values(this.agent.freeSockets).reduce((sum, idle) => sum + idle!.length, 0);
  }

  /** From now on the agent emits the keys of its TLS sockets. */
  relayKeylog(): void {
    const { agent } = this;
    const onKeylog = function (this: Duplex, line: Buffer): void {
      agent.emit('keylog', line, this);
    };
    this.onKeylog = onKeylog;
    const open = [agent.sockets, agent.freeSockets].flatMap((table) => Object.values(table).flat());
    for (const socket of open) socket!.on('keylog', onKeylog);
  }
}

/** Assigns sockets to requests, as the rules of `rules/pool.ts` decide. */
import type { Duplex } from 'node:stream';
import type { AgentFacts } from '../../events/facts.js';
import { afterPoll, atTurnEnd, now, throwAtTurnEnd } from '../../io/clock.js';
import { dial } from '../../io/dialer.js';
import * as rules from '../../rules/pool.js';
import { own } from '../compat/own.js';
import { know } from '../process/known.js';
import { type AgentRequest, type AskedPool, Asking } from './Asking.js';
import { type ConnectionOptions, connectionOptions, isNaming } from './connectionOptions.js';
import { handBack, noStream, once } from './created.js';
import { agentFacts } from './facts.js';
import { type AgentSocket, announcementOf, type PooledSocket } from './PooledSocket.js';
import { put, putFirst, Sockets, type SocketsAgent, type Table, takeOut } from './Sockets.js';

/** Called once: with the reason why there is no socket, or with null and the socket; by a program possibly with neither. */
export type SocketCallback = (error: Error | null, socket?: Duplex) => void;

/** Called with the reason why there is no connection, or with null and the connection. */
export type Connected = (error: Error | null, stream: Duplex) => void;

/** The agent of the pool: its limits and queues, and its methods, which a program may have replaced. */
export interface PoolAgent extends SocketsAgent {
  /** They take precedence over the options of the request. */
  readonly options: ConnectionOptions;
  /** The waiting requests, by name. */
  readonly requests: Table<AgentRequest>;
  readonly keepAlive: boolean;
  readonly keepAliveMsecs: number;
  readonly maxSockets: number;
  readonly maxFreeSockets: number;
  readonly agentKeepAliveTimeoutBuffer: number;
  getName(options: ConnectionOptions): string;
  createConnection(options: ConnectionOptions, callback: Connected): Duplex | null | undefined;
  createSocket(request: AgentRequest, options: ConnectionOptions, callback: SocketCallback): void;
  keepSocketAlive(socket: AgentSocket): unknown;
  reuseSocket(socket: AgentSocket, request: AgentRequest): void;
}

export class Pool implements AskedPool {
  readonly sockets: Sockets;
  readonly agent: PoolAgent;
  private readonly standardName: PoolAgent['getName'];
  private isAdvancing = false;
  /** The requests for which connections are made. */
  private readonly opening = new Set<AgentRequest>();
  private readonly provision = (name: string): rules.Provision =>
    rules.provisionOf(this.sockets.load(name), this.agent);

  /** @param standardName the `getName` of an agent that nobody has changed */
  constructor(agent: PoolAgent, standardName: PoolAgent['getName']) {
    this.agent = agent;
    this.standardName = standardName;
    this.sockets = new Sockets(agent);
    know(this);
  }

  facts(): AgentFacts {
    return agentFacts(this.agent, this.opening, (socket) => this.sockets.get(socket));
  }

  private get waiting(): Table<AgentRequest> {
    return this.agent.requests;
  }

  /**
   * A request asks for a socket. `takesIdle`: it may get an idle one. `isExclusive`: no other request may use its socket.
   * @throws what `createConnection` throws
   */
  ask(request: AgentRequest, given: ConnectionOptions, takesIdle = true, isExclusive = false): void {
    const { agent, sockets } = this;
    const merged = this.isPlain(request) ? undefined : connectionOptions(given, agent.options, request);
    const name = agent.getName(merged ?? given);
    const idle = takesIdle ? sockets.take(name) : undefined;
    if (idle !== undefined && !rules.mustPoll(now() - idle.idleSince)) {
      try {
        this.assign(idle.socket, idle, request);
      } catch (error) {
        idle.socket.destroy();
        throw error;
      }
      return;
    }
    const asking = new Asking(this, request, name, given, merged, isExclusive);
    if (idle === undefined) this.provide(asking);
    else afterPoll((polled) => this.polled(polled, asking), idle);
  }

  /**
   * Whether the name depends on the request's options alone: they are then merged with the agent's only to open a connection.
   * For an invalid Host this is false, since merging throws.
   */
  private isPlain(request: AgentRequest): boolean {
    const { agent } = this;
    if (agent.getName !== this.standardName || isNaming(agent.options)) return false;
    return typeof (request.getHeader?.('host') || '') === 'string';
  }

  /** A request was completed before it got a socket. */
  withdraw(request: AgentRequest): void {
    const asking = Asking.of(request, this);
    if (asking === undefined) return;
    asking.settle();
    // As in Node, `agent.requests` has it until this turn is over.
    atTurnEnd(takeOutOfQueue, asking);
  }

  /**
   * Opens a connection; it counts from now on.
   * @throws what `createConnection` throws
   */
  open(request: AgentRequest, given: ConnectionOptions, callback: SocketCallback): void {
    const { agent, sockets } = this;
    const asking = Asking.of(request, this);
    const isKnown = asking?.options === given;
    const options = isKnown ? given : connectionOptions(given, agent.options, request);
    const name = isKnown ? asking.name : agent.getName(options);
    Object.assign(options, { _agentKey: name, encoding: null });
    if (agent.keepAlive) options.keepAliveInitialDelay = agent.keepAliveMsecs;
    let isOpening = true;
    let hasCalledBack = false;
    const isFirst = (): boolean => {
      if (!isOpening) return false;
      isOpening = false;
      sockets.countOpening(name, -1);
      this.opening.delete(request);
      return true;
    };
    const opened = (error?: Error | null, socket?: Duplex | null): void => {
      if (!isFirst()) return;
      hasCalledBack = true;
      const fault = error || noStream(socket);
      if (fault || !socket) {
        callback(fault ?? null);
        this.advance(name);
        return;
      }
      sockets.adopt(socket, name, options).isExclusive = asking?.isExclusive === true;
      callback(null, socket);
    };
    sockets.countOpening(name, 1);
    this.opening.add(request);
    try {
      const socket = dial(() => agent.createConnection(options, opened));
      if (socket) opened(null, socket);
    } catch (error) {
      isFirst();
      if (!hasCalledBack) throw error;
      throwAtTurnEnd(error);
    }
  }

  /** The exchange on a socket is over ('free'). */
  free(socket: AgentSocket, options: ConnectionOptions): void {
    const { agent, sockets } = this;
    const known = sockets.get(socket);
    if (known?.promised !== undefined) {
      this.keepPromise(known);
      return;
    }
    const slot = known ?? sockets.adopt(socket, agent.getName(options), options);
    if (slot.idleSince !== 0 || slot.isPolled) return;
    const { _httpMessage: last } = socket;
    // A request that was destroyed before it took the socket has not used it.
    if (last?.socket === socket) slot.isUsed = true;
    this.place(slot, Boolean(agent.keepAlive && (last ? last.shouldKeepAlive : known)));
  }

  /** `persists`: the exchange lets the connection persist, and the pool keeps connections. */
  private place(slot: PooledSocket, persists: boolean, isPolled = false): void {
    const { agent, sockets } = this;
    const { socket, name } = slot;
    const next = this.firstWaiting(name);
    const load = sockets.load(name);
    const fate = rules.fateOf(
      {
        isUsable: rules.mayBeUsed(socket) && !slot.isExclusive && !next?.isExclusive,
        persists,
        isAwaited: next !== undefined,
        isInTheWay: load.total >= agent.maxTotalSockets && this.isInTheWay(name),
      },
      load,
      agent,
    );
    if (fate === 'hand' && !isPolled && hasWaited(next!, socket)) this.poll(slot, persists, next!);
    else if (fate === 'hand') this.hand(socket, next!);
    else this.keepOrClose(slot, fate === 'close');
  }

  /**
   * A peer may close the connection after its response without having announced it. Its FIN is read in a later turn than the
   * response with which it arrived. A request that has queued anyway waits for that turn. It is removed from the queue
   * meanwhile: programs that listen to 'free' count the queue.
   */
  private poll(slot: PooledSocket, persists: boolean, asking: Asking): void {
    const { socket } = slot;
    const { _httpMessage: last } = socket;
    slot.isPolled = true;
    takeOut(this.waiting, asking.name, asking.request);
    afterPoll((polled) => {
      polled.isPolled = false;
      if (!asking.hasGone()) putFirst(this.waiting, asking.name, asking.request);
      if (this.sockets.get(socket) !== polled) {
        this.advance(asking.name);
        return;
      }
      // Its response has the Keep-Alive field with the peer's timeout.
      socket._httpMessage ??= last ?? null;
      this.place(polled, persists, true);
    }, slot);
  }

  /** The default of `agent.keepSocketAlive`. */
  mayRest(socket: AgentSocket): boolean {
    const { agent } = this;
    const timeout = agent.options.timeout || 0;
    const hint = announcementOf(socket._httpMessage?.res);
    const allowance = rules.idleAllowance(hint, agent.agentKeepAliveTimeoutBuffer, timeout);
    if (allowance === 0) return false;
    const slot = this.sockets.get(socket);
    if (slot !== undefined) slot.allowance = allowance;
    socket.setKeepAlive?.(true, agent.keepAliveMsecs);
    socket.unref?.();
    if (socket.timeout !== timeout) socket.setTimeout?.(timeout);
    return true;
  }

  /** A socket leaves the agent; waiting requests may use the room. */
  remove(socket: AgentSocket, options: ConnectionOptions): void {
    const name = this.sockets.get(socket)?.name ?? this.agent.getName(options);
    this.sockets.leave(socket, name);
    this.advance(name);
  }

  private keepOrClose(slot: PooledSocket, isSurplus: boolean): void {
    let isKept = false;
    try {
      isKept = !isSurplus && this.keep(slot);
    } finally {
      if (!isKept) slot.socket.destroy();
    }
  }

  private keep(slot: PooledSocket): boolean {
    const { socket } = slot;
    slot.allowance = Number.POSITIVE_INFINITY;
    if (!this.agent.keepSocketAlive(socket)) return false;
    socket._httpMessage = null;
    this.sockets.rest(slot);
    return true;
  }

  private isInTheWay(socketName: string): boolean {
    return Object.keys(this.waiting).some(
      (name) => name !== socketName && rules.waitsForTotal(this.sockets.load(name), this.agent),
    );
  }

  /** The system has been asked whether the peer has closed this socket. */
  private polled(slot: PooledSocket, asking: Asking): void {
    const { socket, name } = slot;
    const isOurs = this.sockets.get(socket) === slot;
    if (isOurs && rules.mayBeUsed(socket) && !asking.hasGone()) {
      this.hand(socket, asking);
      return;
    }
    if (isOurs) this.sockets.close(socket, name);
    if (asking.hasGone()) this.advance(name);
    else this.provideLate(asking);
  }

  /** @throws what `createConnection` throws */
  private provide(asking: Asking): void {
    const { name, request } = asking;
    let provision = this.provision(name);
    for (; provision === 'evict'; provision = this.provision(name)) this.sockets.evict();
    // Only a request that takes no idle socket comes here while there is one.
    if (provision === 'wait' && this.sockets.closeIdle(name)) provision = this.provision(name);
    if (provision === 'open') this.openFor(asking);
    else put(this.waiting, name, request);
  }

  /** Provides for a request that asked in an earlier turn: no caller could catch an exception. */
  private provideLate(asking: Asking): void {
    const idle = asking.isExclusive ? undefined : this.sockets.take(asking.name);
    try {
      if (idle === undefined) this.provide(asking);
      else this.hand(idle.socket, asking);
    } catch (error) {
      asking.fail(error);
    }
  }

  /** @throws what `createConnection` throws */
  private openFor(asking: Asking): void {
    const opened: SocketCallback = once((error, socket?: Duplex) => {
      const fault = error || noStream(socket);
      if (fault || !socket) {
        asking.fail(fault ?? null);
        this.advance(asking.name);
      } else this.welcome(socket, asking);
    });
    asking.run(() => this.agent.createSocket(asking.request, asking.options, opened));
  }

  /** Takes a new socket. If its request no longer needs it, the next request gets it. */
  private welcome(socket: AgentSocket, asking: Asking): void {
    const next = asking.hasGone() ? this.heirOf(asking) : asking;
    if (next === undefined) handBack(socket, this.agent.keepAlive);
    else if (asking.isQueued) this.announce(socket, next);
    else this.hand(socket, next);
  }

  /** The waiting request that may have the socket of a request that has gone. */
  private heirOf(asking: Asking): Asking | undefined {
    const next = this.firstWaiting(asking.name);
    return asking.isExclusive || next?.isExclusive ? undefined : next;
  }

  /** As in Node, a socket for a queued request emits 'free'. */
  private announce(socket: AgentSocket, asking: Asking): void {
    const slot = this.sockets.get(socket);
    if (slot !== undefined) slot.promised = asking;
    socket.emit('free');
    // Programs may have removed the agent's listener.
    if (slot === undefined) this.hand(socket, asking);
    else if (slot.promised !== undefined) this.keepPromise(slot);
  }

  private keepPromise(slot: PooledSocket): void {
    const asking = slot.promised as Asking;
    slot.promised = undefined;
    this.hand(slot.socket, asking);
  }

  private hand(socket: AgentSocket, asking: Asking): void {
    takeOut(this.waiting, asking.name, asking.request);
    try {
      asking.run(() => this.assign(socket, this.sockets.get(socket), asking.request));
      asking.settle();
    } catch (error) {
      socket.destroy();
      asking.fail(error);
    }
  }

  private assign(socket: AgentSocket, slot: PooledSocket | undefined, request: AgentRequest): void {
    if (slot !== undefined) {
      if (slot.idleSince !== 0) {
        slot.wake();
        this.agent.reuseSocket(socket, request);
      }
      if (slot.isUsed) request.reusedSocket = true;
    }
    request.onSocket(socket);
    const { timeout } = request;
    if (timeout !== undefined && timeout !== (this.agent.options.timeout || 0)) socket.setTimeout?.(timeout);
  }

  /** The request of that name that has waited longest. */
  private firstWaiting(name: string): Asking | undefined {
    for (let requests = this.waiting[name]; requests !== undefined; requests = this.waiting[name]) {
      const request = requests[0]!;
      const asking = Asking.of(request, this);
      if (asking !== undefined && !asking.hasGone()) return asking;
      takeOut(this.waiting, name, request);
    }
    return undefined;
  }

  /** Opens connections for waiting requests, as many as the limits allow. */
  private advance(preferred: string): void {
    if (this.isAdvancing) return;
    this.isAdvancing = true;
    try {
      for (let name = this.nextName(preferred); name !== undefined; name = this.nextName(preferred)) {
        const asking = this.firstWaiting(name);
        if (asking === undefined) continue;
        takeOut(this.waiting, name, asking.request);
        asking.isQueued = true;
        this.provideLate(asking);
      }
    } finally {
      this.isAdvancing = false;
    }
  }

  private nextName(preferred: string): string | undefined {
    return rules.nextToOpen(preferred, Object.keys(this.waiting), this.provision);
  }
}

/** Whether the request was queued before the exchange on the socket was over, and our client made that exchange. */
function hasWaited(asking: Asking, socket: AgentSocket): boolean {
  return asking.number <= (socket[own]?.askedBefore ?? 0);
}

function takeOutOfQueue({ pool, name, request }: Asking): void {
  takeOut(pool.agent.requests, name, request);
}

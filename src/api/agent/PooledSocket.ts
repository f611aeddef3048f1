import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { now } from '../../io/clock.js';
import { SharedTimer } from '../../io/shared-timer.js';
import { timeOut } from '../../io/socket.js';
import { keepAliveHint } from '../../rules/pool.js';
import { callBack } from '../compat/callBack.js';
import { own } from '../compat/own.js';
import type { Asking } from './Asking.js';
import type { ConnectionOptions } from './connectionOptions.js';
import { ignore } from './created.js';

/** The request that uses a socket: the members that a pool reads. */
interface SocketMessage {
  socket?: unknown;
  shouldKeepAlive?: boolean;
  res?: AgentResponse | null;
}

/** A response, ours or the program's: the members that a pool reads. */
interface AgentResponse {
  headers?: Record<string, unknown>;
  /** @internal */
  readonly [own]?: { readonly keepAliveHint: number | undefined };
}

/** The record of our client on a socket that it has used. */
export interface ClientConnection {
  /** How many requests had asked for a socket when the last exchange was over. */
  readonly askedBefore: number;
  /** The program has removed the socket from the agent. */
  removed(): void;
}

/** A `net.Socket`, or any Duplex that `createConnection` made. */
export type AgentSocket = Duplex &
  Partial<Pick<Socket, 'ref' | 'unref' | 'setKeepAlive' | 'setTimeout'>> & {
    timeout?: number | undefined;
    /** Null between requests. */
    _httpMessage?: SocketMessage | null;
    /** @internal */
    [own]?: ClientConnection | undefined;
  };

/** The agent of a socket: the members that the socket calls. */
export interface SocketOwner extends Pick<EventEmitter, 'emit'> {
  /**
   * `remove`: the default of `removeSocket`.
   * @internal
   */
  readonly [own]: { remove(socket: AgentSocket, options: ConnectionOptions): void };
  /** Removes a socket. May be the program's method. */
  removeSocket(socket: AgentSocket, options: ConnectionOptions): void;
}

/** Sockets that the program has removed from their agent. */
const removed = new WeakSet<Duplex>();

export const isRemoved = (socket: Duplex): boolean => removed.has(socket);

/** The record of a pool on a socket, and its listeners. */
export class PooledSocket {
  readonly socket: AgentSocket;
  readonly name: string;
  /** The options that it was opened with. */
  readonly options: ConnectionOptions;
  /** A request was sent on it, or it was idle: the next request reuses it. */
  isUsed = false;
  /** It was opened for one request, and no other may use it. */
  isExclusive = false;
  /** The queued request that gets it after 'free' was emitted. */
  promised: Asking | undefined;
  /** Its exchange is over, and the system is being asked whether the peer has closed it. */
  isPolled = false;
  /** When it became idle, on the clock of `now()`; 0 while it is in use. */
  idleSince = 0;
  /** How long it may be idle, in ms. */
  allowance = Infinity;
  readonly agent: SocketOwner;
  private timer: SharedTimer<Duplex> | undefined;
  /** The host of our client's connection listens to 'error' of the idle socket. */
  private isWatched = false;

  constructor(agent: SocketOwner, socket: AgentSocket, name: string, options: ConnectionOptions) {
    this.agent = agent;
    this.socket = socket;
    this.name = name;
    this.options = options;
    removed.delete(socket);
    socket.on('free', this.onFree);
    socket.on('close', this.onLeave);
    socket.on('timeout', this.onTimeout);
    socket.on('agentRemove', this.onRemove);
  }

  rest(): void {
    this.isUsed = true;
    this.idleSince = now();
    this.isWatched = this.socket[own] !== undefined;
    if (!this.isWatched) this.socket.on('error', this.onError);
    if (this.allowance === Infinity) return;
    this.timer ??= new SharedTimer(timeOut, this.socket);
    this.timer.start(this.allowance);
  }

  /** When it is closed, in ms; undefined if it isn't. */
  get idleLeft(): number | undefined {
    return this.timer?.left;
  }

  wake(): void {
    this.idleSince = 0;
    if (!this.isWatched) this.socket.off('error', this.onError);
    this.timer?.stop();
  }

  /** Removes our listeners, except that of 'error' if the socket was destroyed: its error may still be emitted. */
  release(): void {
    const { socket } = this;
    socket.off('free', this.onFree);
    socket.off('close', this.onLeave);
    socket.off('timeout', this.onTimeout);
    socket.off('agentRemove', this.onRemove);
    if (!socket.destroyed) socket.off('error', this.onError);
    this.timer?.free();
  }

  private readonly onFree = (): void => {
    this.agent.emit('free', this.socket, this.options);
  };

  private readonly onTimeout = (): void => {
    if (this.idleSince === 0) return;
    this.socket.destroy();
    this.onLeave();
  };

  /** Of an idle socket, as our client's connection does it. */
  private readonly onError = (): void => {
    this.socket.destroy();
    this.socket.emit('agentRemove');
  };

  /** On 'close'. What it throws doesn't keep the event from later listeners. */
  private readonly onLeave = (): void => callBack(leave, this);

  /** On 'agentRemove': the program wants the socket for itself. As in Node, an error of an idle one stays harmless. */
  private readonly onRemove = (): void => {
    const { socket, idleSince } = this;
    removed.add(socket);
    this.onLeave();
    socket[own]?.removed();
    if (idleSince !== 0) socket.on('error', ignore);
  };
}

/** The method may be the program's. */
function leave({ agent, socket, options }: PooledSocket): void {
  try {
    agent.removeSocket(socket, options);
  } catch (error) {
    agent[own].remove(socket, options);
    throw error;
  }
}

/** What the response of the socket announces, in ms. The response may be the program's. */
export function announcementOf(response: AgentResponse | null | undefined): number | undefined {
  const host = response?.[own];
  return host === undefined ? keepAliveHint(response?.headers?.['keep-alive']) : host.keepAliveHint;
}

import { EventEmitter } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Scheduling, schedulings } from '../../rules/pool.js';
import { type Callable, callable, create } from '../compat/callable.js';
import { keepOwn, own } from '../compat/own.js';
import { validateBoolean, validateComparable, validateNumber, validateOneOf } from '../compat/validate.js';
import { eventOrders } from '../process/defaults.js';
import type { AgentRequest, RequestKinds } from './Asking.js';
import { type ConnectionOptions, nameOf } from './connectionOptions.js';
import type { AgentOptions, ProxyEnv } from './options.js';
import { type Connected, Pool, type PoolAgent, type SocketCallback } from './Pool.js';
import type { AgentSocket } from './PooledSocket.js';
import { type Route, routeOf } from './proxy.js';

/** The method that removes a request from the queue: it was completed before it got a socket. */
export const withdraw: unique symbol = Symbol('statewire.withdraw');

/** The method by which a request whose reused socket was dead requests another one, which must not be an idle one. */
export const askAgain: unique symbol = Symbol('statewire.askAgain');

/** Where an agent with the option `proxyEnv` keeps the route to its proxy. */
export const proxyRoute: unique symbol = Symbol('statewire.proxyRoute');

/** The method that finds this route. */
export const findRoute: unique symbol = Symbol('statewire.findRoute');

export type { AgentOptions } from './options.js';

/** The type of `agent.options`: a copy of the given options, without a prototype, with `noDelay` and `path`. */
export type StoredOptions = AgentOptions & ConnectionOptions & { noDelay?: boolean };

/**
 * Keeps connections for later requests, and queues requests while the limits allow no more connections.
 * Source: Node's documentation of `http.Agent`.
 */
export class AgentMethods extends EventEmitter implements PoolAgent {
  /** Default `maxSockets` per name. Default Infinity. */
  static defaultMaxSockets = Number.POSITIVE_INFINITY;

  /** @internal */
  declare [own]: Pool;
  /** @internal */
  declare [proxyRoute]?: Route;
  /** The port of requests that name none. Default 80, of https: 443. */
  declare defaultPort: number;
  /** The protocol of its requests: 'http:' or 'https:'. */
  declare protocol: string;
  /** A copy of the options that were given. */
  declare options: StoredOptions;
  /** Requests that wait for a socket, by name, longest waiting first. Read only. */
  declare requests: NodeJS.Dict<RequestKinds[keyof RequestKinds][]>;
  /** Sockets in use, by name. Read only. */
  declare sockets: NodeJS.Dict<Socket[]>;
  /** Idle sockets, by name, longest idle first. Read only. */
  declare freeSockets: NodeJS.Dict<Socket[]>;
  /** Delay of the first TCP keep-alive probe of an idle socket, in ms. Default 1000. */
  declare keepAliveMsecs: number;
  /** Whether sockets are kept when no request waits for them. Default false. */
  declare keepAlive: boolean;
  /** How many sockets a name may have, including those being opened. Default Infinity. */
  declare maxSockets: number;
  /** How many idle sockets a name may have. Default 256. */
  declare maxFreeSockets: number;
  /** Which idle socket is used first: 'lifo' (default) the one used last, 'fifo' the one idle longest. */
  declare scheduling: Scheduling;
  /** How many sockets all names together may have. Default Infinity. */
  declare maxTotalSockets: number;
  /** The number of sockets in both tables. */
  declare totalSocketCount: number;
  /** How long before the server's announced timeout an idle socket is closed, in ms. Default 1000. */
  declare agentKeepAliveTimeoutBuffer: number;

  /**
   * Calls `request.onSocket(socket)`, now or as soon as there is a socket; or `request.onSocket(null, error)` if there is
   * none.
   * @param options of the request; or a host, followed by port and local address
   * @throws what `createConnection` throws
   */
  addRequest(
    request: AgentRequest,
    options: ConnectionOptions | string,
    port?: number | string,
    localAddress?: string,
  ): void {
    const given = typeof options === 'string' ? { host: options, port, localAddress } : options;
    this[proxyRoute]?.address(request, given);
    this[own].ask(request, given);
  }

  /**
   * Opens a socket, as `net.createConnection()` does. May be replaced.
   * @param args options of the request and the agent, and a callback
   * @returns a Duplex; or nothing, if it will call the callback with `(error, duplex)`
   */
  createConnection(...args: [options: ConnectionOptions, callback?: Connected]): Duplex | null | undefined {
    const toProxy = this[proxyRoute]?.connect(args[0], args[1]);
    return toProxy ?? createConnection(...(args as Parameters<typeof createConnection>));
  }

  /**
   * Opens a socket by `createConnection`, and adds it to the sockets in use.
   * @throws what `createConnection` throws
   */
  createSocket(request: AgentRequest, options: ConnectionOptions, callback: SocketCallback): void {
    this[own].open(request, options, callback);
  }

  /** Removes a socket from the agent; the socket stays open. */
  removeSocket(socket: AgentSocket, options: ConnectionOptions): void {
    this[own].remove(socket, options);
  }

  /**
   * Called when a request no longer needs its socket, before the socket is kept. May be replaced.
   * @returns whether to keep the socket; otherwise it is destroyed. Node declares the return type void, so programs override
   * it with methods declared void
   */
  keepSocketAlive(socket: AgentSocket): unknown {
    return this[own].mayRest(socket);
  }

  /** Called when a kept socket is given to a request. May be replaced. */
  reuseSocket(socket: AgentSocket, _request: AgentRequest): void {
    socket.ref?.();
  }

  /** The name that two requests must have in common to share a socket: `host:port:localAddress[:family][:socketPath]`. */
  getName(options: ConnectionOptions = {}): string {
    return nameOf(options);
  }

  /** Destroys all sockets, even those in use. Waiting requests get new ones. */
  destroy(): void {
    for (const table of [this.freeSockets, this.sockets]) {
      for (const socket of Object.values(table).flat()) socket!.destroy();
    }
  }

  /**
   * @throws ERR_PROXY_INVALID_CONFIG
   * @internal
   */
  [findRoute](proxyEnv: ProxyEnv): Route | undefined {
    return routeOf(proxyEnv);
  }

  /** @internal */
  [askAgain](request: AgentRequest, options: ConnectionOptions): void {
    this[own].ask(request, options, false);
  }

  /** @internal */
  [withdraw](request: AgentRequest): void {
    this[own].withdraw(request);
  }
}

/** TLS sockets only emit their keys when the agent has a listener for 'keylog': with them, the traffic can be decrypted. */
function listenToKeylog(this: Agent, event: string | symbol): void {
  if (event !== 'keylog') return;
  this.off('newListener', listenToKeylog);
  this[own].sockets.relayKeylog();
}

const limits = ['maxSockets', 'maxFreeSockets', 'keepAliveMsecs', 'timeout'] as const;

const standardName = AgentMethods.prototype.getName;

/** The class, as editors show it. */
export interface AgentConstructor
  extends Callable<typeof AgentMethods, [options?: AgentOptions | null | undefined], Agent> {}

/**
 * Keeps connections for later requests, and queues requests while the limits allow no more connections.
 * Source: Node’s documentation of `http.Agent`.
 */
export const Agent: AgentConstructor = callable(AgentMethods, {
  Agent: function (options?: AgentOptions | null): unknown {
    if (new.target === undefined && !(this instanceof Agent)) return create(Agent, options);
    EventEmitter.call(this);
    const stored = { __proto__: null, ...options } as StoredOptions;
    if (stored.noDelay === undefined) stored.noDelay = true;
    for (const name of limits) validateComparable(stored[name], name);
    // A request's path must not become a socket's.
    stored.path = null;
    this.defaultPort = stored.defaultPort || 80;
    this.protocol = stored.protocol || 'http:';
    this.options = stored;
    this.requests = table();
    this.sockets = table();
    this.freeSockets = table();
    this.keepAliveMsecs = stored.keepAliveMsecs || 1000;
    this.keepAlive = stored.keepAlive || false;
    this.maxSockets = stored.maxSockets || defaultMaxSockets();
    this.maxFreeSockets = stored.maxFreeSockets || 256;
    this.scheduling = stored.scheduling || 'lifo';
    this.maxTotalSockets = stored.maxTotalSockets ?? Number.POSITIVE_INFINITY;
    this.totalSocketCount = 0;
    this.agentKeepAliveTimeoutBuffer = bufferOf(stored);
    validateOneOf(this.scheduling, 'scheduling', schedulings);
    if (stored.eventOrder !== undefined) validateOneOf(stored.eventOrder, 'options.eventOrder', eventOrders);
    if (stored.retryReused !== undefined) validateBoolean(stored.retryReused, 'options.retryReused');
    if (stored.maxTotalSockets !== undefined) validateNumber(stored.maxTotalSockets, 'maxTotalSockets', 1);
    const route = stored.proxyEnv ? this[findRoute](stored.proxyEnv) : undefined;
    if (route !== undefined) this[proxyRoute] = route;
    this[own] = new Pool(this, standardName);
    // Its own function, as in Node: by it two agents with equal options differ (assert.notDeepEqual).
    this.on('free', (socket: AgentSocket, options: ConnectionOptions) => this[own].free(socket, options));
    this.on('newListener', listenToKeylog);
  },
});
export interface Agent extends AgentMethods {}
keepOwn(Agent.prototype);

/** The current value: programs set it. */
function defaultMaxSockets(): number {
  return Agent.defaultMaxSockets;
}

function table<T>(): NodeJS.Dict<T> {
  return Object.create(null);
}

function bufferOf({ agentKeepAliveTimeoutBuffer: buffer }: AgentOptions): number {
  return typeof buffer === 'number' && buffer >= 0 && Number.isFinite(buffer) ? buffer : 1000;
}

import type { Duplex } from 'node:stream';
import tls, { type TLSSocket, type ConnectionOptions as TlsOptions } from 'node:tls';
import { Agent, findRoute, proxyRoute, type StoredOptions } from '../agent/Agent.js';
import type { AgentRequest } from '../agent/Asking.js';
import type { ConnectionOptions } from '../agent/connectionOptions.js';
import type { ProxyEnv } from '../agent/options.js';
import type { Connected } from '../agent/Pool.js';
import { type Callable, callable, create } from '../compat/callable.js';
import { own } from '../compat/own.js';
import { ownOptions } from '../compat/ownOptions.js';
import { tlsNameOf } from './names.js';
import { emptyCache, evictSession, keepSession, type SessionCache } from './sessions.js';
import { type TunnelRoute, tunnelRoute } from './tunnel.js';
import type { AgentOptions, RequestOptions } from './types.js';

/** The options of a connection, with those for TLS. */
type SecureOptions = ConnectionOptions & Pick<TlsOptions, 'checkServerIdentity' | 'session'>;

type ConnectArguments = [
  options: ConnectionOptions | number | string | null | undefined,
  second?: unknown,
  third?: unknown,
];

/**
 * An agent whose connections are TLS sockets, and which keeps their sessions.
 * Source: Node's documentation of `https.Agent`.
 */
export class HttpsAgentMethods extends Agent {
  declare options: StoredOptions & AgentOptions;
  /** How many sessions are kept; 0 for none. Default 100. */
  declare maxCachedSessions: number;
  /** @internal */
  declare _sessionCache: SessionCache;

  override addRequest(
    request: AgentRequest,
    options: ConnectionOptions | string,
    port?: number | string,
    localAddress?: string,
  ): void {
    if (typeof options !== 'object') {
      super.addRequest(request, options, port, localAddress);
      return;
    }
    // The timeout in the options of the connection is the agent's.
    const given = this[proxyRoute] ? { ...options, _requestTimeout: request.timeout } : options;
    if (isChecked(this, given)) this[own].ask(request, given, false, true);
    else super.addRequest(request, given);
  }

  /**
   * Opens a TLS socket, as `tls.connect()` does, with a kept session if there is one. May be replaced.
   * @param args options; or port, host and options, of which each may be left out
   */
  override createConnection(
    ...args: ConnectArguments | [options: ConnectionOptions, callback?: Connected]
  ): Duplex | null | undefined {
    const options = readArguments(args);
    const callback = args.find((each) => typeof each === 'function') as Connected | undefined;
    const toProxy = this[proxyRoute]?.connect(options, callback);
    return toProxy === undefined ? connect(this, options) : toProxy;
  }

  /** The name of the TCP connection, with the TLS options in which two requests must agree to share a socket. */
  override getName(options: ConnectionOptions = {}): string {
    return tlsNameOf(super.getName(options), options);
  }

  /** @internal */
  override [findRoute](proxyEnv: ProxyEnv): TunnelRoute | undefined {
    return tunnelRoute(proxyEnv, this, (options) => relayKeys(this, connect(this, options)));
  }

  /** @internal */
  _getSession(name: string): Buffer | undefined {
    return this._sessionCache.map[name];
  }

  /** @internal */
  _cacheSession(name: string, session: Buffer): void {
    keepSession(this, name, session);
  }

  /** @internal */
  _evictSession(name: string): void {
    evictSession(this, name);
  }
}

/** The class, as editors show it. */
export interface HttpsAgentConstructor
  extends Callable<typeof HttpsAgentMethods, [options?: AgentOptions | null | undefined], HttpsAgent> {}

/**
 * Keeps TLS connections and sessions for later requests.
 * Source: Node’s documentation of `https.Agent`.
 */
export const HttpsAgent: HttpsAgentConstructor = callable(HttpsAgentMethods, {
  Agent: function (options?: AgentOptions | null): unknown {
    if (new.target === undefined && !(this instanceof HttpsAgent)) return create(HttpsAgent, options);
    const given = ownOptions<AgentOptions>(options);
    given.defaultPort ??= 443;
    given.protocol ??= 'https:';
    Agent.call(this, given);
    this.maxCachedSessions = given.maxCachedSessions === undefined ? 100 : given.maxCachedSessions;
    this._sessionCache = emptyCache();
  },
});
export interface HttpsAgent extends HttpsAgentMethods {}

/**
 * Whether a request brings a check of the server's identity that differs from the agent's. Its connection is not shared, and
 * neither is its session, since a resumed session is not checked: as in Node 22 and later.
 */
function isChecked(agent: { readonly options?: object }, { checkServerIdentity: check }: SecureOptions): boolean {
  if (check === undefined || check === tls.checkServerIdentity) return false;
  return agent.options === undefined || !('checkServerIdentity' in agent.options);
}

/** Opens a TLS socket with the kept session of its name, and keeps its sessions. */
function connect(agent: HttpsAgent, options: SecureOptions): TLSSocket {
  const { _agentKey: name } = options;
  if (!name || isChecked(agent, options)) return tls.connect(options as TlsOptions);
  const session = agent._getSession(name);
  const socket = tls.connect((session && !('session' in options) ? { ...options, session } : options) as TlsOptions);
  socket.on('session', (session: Buffer) => agent._cacheSession(name, session));
  socket.once('close', (hadError: boolean) => {
    if (hadError) agent._evictSession(name);
  });
  return socket;
}

/** Emits the keys of a socket on its agent, which gets the socket only after the handshake. */
function relayKeys(agent: HttpsAgent, socket: TLSSocket): TLSSocket {
  if (agent.listenerCount('keylog') === 0) return socket;
  const relay = (line: Buffer): void => void agent.emit('keylog', line, socket);
  return socket.on('keylog', relay).once('secureConnect', () => socket.off('keylog', relay));
}

function readArguments(args: readonly unknown[]): SecureOptions {
  const options = ownOptions<RequestOptions>(...(args.filter((each) => typeof each === 'object') as object[]));
  const [port, host] = args;
  if (typeof port === 'number' || typeof port === 'string') options.port = port;
  if (typeof host === 'string') options.host = host;
  return options as SecureOptions;
}

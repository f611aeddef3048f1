/**
 * Connections to servers of https: through a proxy: a CONNECT request makes the proxy relay bytes, and TLS runs through this
 * tunnel (RFC 9110 §9.3.6).
 * Source: “Built-in Proxy Support” in Node's documentation of http, as of Node 24.
 */
import { createConnection, isIP, type NetConnectOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import * as rules from '../../rules/proxy.js';
import type { ConnectionOptions } from '../agent/connectionOptions.js';
import { ignore, once } from '../agent/created.js';
import type { ProxyEnv } from '../agent/options.js';
import type { Connected } from '../agent/Pool.js';
import { type ConfiguredProxy, configuredProxy, type Route } from '../agent/proxy.js';
import { ClientRequest } from '../client/ClientRequest.js';
import * as errors from '../compat/errors.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';

/** The options of a request that apply to the TCP connection to the proxy. */
const transportOptions = [
  ...['autoSelectFamily', 'autoSelectFamilyAttemptTimeout', 'family', 'hints', 'keepAlive', 'keepAliveInitialDelay'],
  ...['localAddress', 'localPort', 'lookup', 'noDelay', 'timeout'],
] as const;

/** Why there is no tunnel, with what a program may want to know of the proxy's response. */
type TunnelError = Error & { statusCode?: number; proxyTunnelTimeout?: number };

/** Opens a TLS socket on a tunnel. */
type Secure = (options: ConnectionOptions & { socket: Duplex }) => TLSSocket;

/** Called with the reason why there is no tunnel, or no TLS on it. */
type Failed = (error: Error) => void;

/** The agent of a tunnel: whether it keeps its connections between requests. */
interface TunnelAgent {
  readonly keepAlive: boolean;
  readonly maxSockets: number;
}

/** How long a proxy that has refused a tunnel may go on sending, in ms: a reset would destroy the response that it sends. */
const LINGERING = 1000;

/** The tunnels of an agent through its proxy, and the hosts that are reached without one. */
export class TunnelRoute implements Route {
  private readonly configured: ConfiguredProxy;
  private readonly agent: TunnelAgent;
  private readonly secure: Secure;

  constructor(configured: ConfiguredProxy, agent: TunnelAgent, secure: Secure) {
    this.configured = configured;
    this.agent = agent;
    this.secure = secure;
  }

  /** A request through a tunnel is sent as it is. */
  address(): void {}

  /** @throws ERR_INVALID_ARG_VALUE for a host that no URL can name */
  connect(options: ConnectionOptions, connected: Connected = ignore): null | undefined {
    const { host, port } = originOf(options);
    if (options.socketPath || rules.isExcepted(host, port, this.configured.exceptions)) return undefined;
    const target = rules.tunnelTarget(host, port);
    if (target === undefined) throw errors.invalidArgValue('options.host', options.host);
    const called = once(connected);
    const failed: Failed = (error) => called(error, undefined as never);
    this.open(target, options, failed, (tunnel) => this.handshake(tunnel, options, failed, called));
    return null;
  }

  /** Has the proxy connect to the target. */
  private open(target: string, options: ConnectionOptions, failed: Failed, opened: (tunnel: Duplex) => void): void {
    const timeout = options._requestTimeout ?? options.timeout;
    const request = new ClientRequest({
      method: 'CONNECT',
      path: target,
      headers: this.fields(target),
      setDefaultHeaders: false,
      timeout,
      createConnection: () => this.connectToProxy({ ...options, timeout }),
    });
    request.once('connect', (response, socket) => {
      socket.setTimeout(0);
      if (response.statusCode === 200) opened(socket);
      else {
        closeSoon(socket);
        failed(this.refused(target, statusLine(response), response.statusCode));
      }
    });
    request.once('timeout', () => request.destroy(timedOut(timeout)));
    request.on('error', (error) => failed(this.errorOf(error, target, request.socket)));
    request.end();
  }

  private fields(target: string): string[] {
    const { credentials } = this.configured.proxy;
    const { keepAlive, maxSockets } = this.agent;
    return [
      ...(keepAlive || Number.isFinite(maxSockets) ? ['proxy-connection', 'keep-alive'] : []),
      ...(credentials === undefined
        ? []
        : ['proxy-authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]),
      ...['host', target],
    ];
  }

  private connectToProxy(given: ConnectionOptions): Socket {
    const { host, port, isSecure } = this.configured.proxy;
    const options = { host, port, ...pick(given, transportOptions) } as NetConnectOpts;
    // The TLS options of the agent and the request are for the server behind the proxy.
    return isSecure ? tls.connect({ ...options, servername: isIP(host) ? '' : host }) : createConnection(options);
  }

  private handshake(tunnel: Duplex, options: ConnectionOptions, failed: Failed, connected: Connected): void {
    const socket = this.secure({ ...options, socket: tunnel });
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.off('error', failed);
      connected(null, socket);
    });
  }

  private refused(target: string, line: string, statusCode: number = Number.NaN): TunnelError {
    const via = rules.withoutCredentials(this.configured.url);
    const error = errors.proxyTunnel(`Failed to establish tunnel to ${target} via ${via}: ${line}`);
    return Object.assign(error, { statusCode });
  }

  /** The error of the CONNECT request, as one of the tunnel unless the connection has failed. */
  private errorOf(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, target: string, socket: Socket | null): Error {
    if (error.code === 'HPE_INVALID_EOF_STATE' || (error.code === 'ECONNRESET' && !socket?.errored)) {
      return errors.proxyTunnel('Connection to establish proxy tunnel ended unexpectedly');
    }
    if (error.rawPacket === undefined) return error;
    const line = error.rawPacket.toString('latin1').split(/[\r\n]/, 1)[0] as string;
    return Object.assign(this.refused(target, line), { cause: error });
  }
}

/**
 * @returns undefined when the variables contain no proxy for https: requests
 * @throws ERR_PROXY_INVALID_CONFIG
 */
export function tunnelRoute(given: ProxyEnv, agent: TunnelAgent, secure: Secure): TunnelRoute | undefined {
  const configured = configuredProxy(given, rules.httpsProxy);
  return configured && new TunnelRoute(configured, agent, secure);
}

function closeSoon(socket: Socket): void {
  socket.on('error', ignore).resume().end();
  socket.setTimeout(LINGERING, () => socket.destroy()).unref();
}

function originOf({ host, port }: ConnectionOptions): { host: string; port: number | string } {
  return { host: host || 'localhost', port: port || 443 };
}

function statusLine({ httpVersion, statusCode, statusMessage }: IncomingMessage): string {
  return `HTTP/${httpVersion} ${statusCode} ${statusMessage}`;
}

function timedOut(timeout: number = 0): TunnelError {
  const error = errors.proxyTunnel(`Connection to establish proxy tunnel timed out after ${timeout}ms`);
  return Object.assign(error, { proxyTunnelTimeout: timeout });
}

function pick(options: object, names: readonly string[]): object {
  return Object.fromEntries(
    names.flatMap((name) => (Reflect.get(options, name) === undefined ? [] : [[name, Reflect.get(options, name)]])),
  );
}

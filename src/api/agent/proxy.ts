/**
 * Requests of an agent with the option `proxyEnv` go to a proxy (rules/proxy.ts). Other agents don't use this file.
 * Source: “Built-in Proxy Support” in Node's documentation of http, as of Node 24.
 */
import { createConnection, isIP, type NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import * as rules from '../../rules/proxy.js';
import * as errors from '../compat/errors.js';
import { own } from '../compat/own.js';
import { ownOptions } from '../compat/ownOptions.js';
import type { AgentRequest } from './Asking.js';
import type { ConnectionOptions } from './connectionOptions.js';
import type { ProxyEnv } from './options.js';
import type { Connected } from './Pool.js';

/** The members of a request, ours or of node:http, that are read or changed for a proxy. */
interface ProxiedRequest extends AgentRequest {
  readonly protocol: string;
  readonly method: string;
  path: string;
  readonly shouldKeepAlive: boolean;
  _header: string | null;
  _implicitHeader(): void;
  getHeader(name: string): unknown;
  setHeader(name: string, value: string): unknown;
  /** Our requests with an Expect field already have their head handed over. */
  [own]?: AgentRequest[typeof own] & { recallHead?(): boolean };
}

/** The fields in the options of a request: an object, or alternating names and values. */
interface GivenFields {
  readonly headers?: readonly unknown[] | Readonly<Record<string, unknown>> | undefined;
}

/** How the requests of an agent get to its proxy. */
export interface Route {
  /** A request is about to ask for a socket: its head may be rewritten. */
  address(request: AgentRequest, options: ConnectionOptions): void;
  /**
   * Opens a connection by the proxy; undefined if the host of the options is reached without it.
   * @param connected called later if nothing is returned but null
   */
  connect(options: ConnectionOptions, connected?: Connected): Duplex | null | undefined;
}

/** The route to a proxy, and the hosts that are reached without it. */
export class ProxyRoute implements Route {
  private readonly proxy: rules.Proxy;
  private readonly exceptions: readonly string[];

  constructor(proxy: rules.Proxy, exceptions: readonly string[]) {
    this.proxy = proxy;
    this.exceptions = exceptions;
  }

  /**
   * Rewrites the head of a request for the proxy, if the request goes there.
   * @throws ERR_INVALID_ARG_VALUE for a path or a Host of another authority than the request's, or a host that no URL can name
   */
  address(given: AgentRequest, options: ConnectionOptions): void {
    const request = given as ProxiedRequest;
    if (request.protocol !== 'http:' || !this.leadsTo(options)) return;
    const authority = rules.authority(...originOf(options));
    if (authority === undefined) throw errors.invalidArgValue('options.host', options.host);
    const aimed = rules.proxyTarget(request.method, String(request.path), authority);
    if ('reason' in aimed) throw errors.invalidArgValue('options.path', aimed.value, aimed.reason);
    const { headers } = options as GivenFields;
    const host = givenHost(headers);
    if (host !== undefined && rules.authorityIn(`${host}`) !== authority) {
      throw errors.invalidArgValue('Host in options.headers', host, rules.mismatch(authority));
    }
    const isFixed = request._header !== null;
    if (isFixed) request[own]?.recallHead?.();
    request.path = aimed.target;
    request._header = null;
    // A head that was given as lines is sent unchanged.
    if (!Array.isArray(headers)) this.addFields(request, authority);
    if (isFixed) request._implicitHeader();
  }

  /** Opens a connection to the proxy; undefined if the host of the options is reached without it. */
  connect(options: ConnectionOptions): Duplex | undefined {
    if (!this.leadsTo(options)) return undefined;
    const { host, port, isSecure } = this.proxy;
    const target = ownOptions<ConnectionOptions>(options, { host, port, servername: isIP(host) ? '' : host });
    // Few programs need TLS for this, so it isn't loaded with the rest.
    return isSecure
      ? process.getBuiltinModule('node:tls').connect(target as TlsOptions)
      : createConnection(target as NetConnectOpts);
  }

  private leadsTo(options: ConnectionOptions): boolean {
    return !options.socketPath && !rules.isExcepted(...originOf(options), this.exceptions);
  }

  private addFields(request: ProxiedRequest, authority: string): void {
    const { credentials } = this.proxy;
    if (request.getHeader('host') !== undefined) request.setHeader('Host', authority);
    if (credentials !== undefined) {
      request.setHeader('proxy-authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
    }
    request.setHeader('proxy-connection', request.shouldKeepAlive ? 'keep-alive' : 'close');
  }
}

/** A proxy, and the hosts that are reached without it. */
export interface ConfiguredProxy {
  readonly url: string;
  readonly proxy: rules.Proxy;
  readonly exceptions: readonly string[];
}

/**
 * @param configured the rule that finds the proxy in the variables
 * @returns undefined when they contain no proxy
 * @throws ERR_PROXY_INVALID_CONFIG
 */
export function configuredProxy(given: ProxyEnv, configured: typeof rules.httpProxy): ConfiguredProxy | undefined {
  const environment = ownOptions(given);
  const url = rules.proxyUrl(environment, configured);
  if (url === undefined) return undefined;
  if (!rules.isUrl(url)) throw errors.proxyInvalidConfig(`Invalid proxy URL: ${url}`);
  return { url, proxy: rules.proxyOf(new URL(url)), exceptions: rules.exceptions(environment) };
}

/**
 * @returns undefined when the variables contain no proxy for http: requests
 * @throws ERR_PROXY_INVALID_CONFIG
 */
export function routeOf(given: ProxyEnv): ProxyRoute | undefined {
  const configured = configuredProxy(given, rules.httpProxy);
  return configured && new ProxyRoute(configured.proxy, configured.exceptions);
}

function originOf({ host, port }: ConnectionOptions): [host: string, port: number | string] {
  return [host || 'localhost', port || 80];
}

/** The Host field among the program's fields. */
function givenHost(headers: GivenFields['headers'] = {}): unknown {
  const lines = Array.isArray(headers) ? headers : Object.entries(headers).flat();
  const at = lines.findIndex((name, i) => i % 2 === 0 && `${name}`.toLowerCase() === 'host');
  return at < 0 ? undefined : lines[at + 1];
}

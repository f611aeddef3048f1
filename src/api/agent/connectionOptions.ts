/** The options of an agent's connection, and the name under which it is shared. */
import { isIP, type TcpSocketConnectOpts } from 'node:net';
import { validateString } from '../compat/validate.js';

/** The options of a request, overridden by those of its agent. */
export interface ConnectionOptions extends Partial<Omit<TcpSocketConnectOpts, 'host' | 'port'>> {
  host?: string | null | undefined;
  port?: number | string | null | undefined;
  path?: string | null | undefined;
  socketPath?: string | undefined;
  servername?: string | undefined;
  timeout?: number | undefined;
  keepAliveInitialDelay?: number | undefined;
  encoding?: null;
  /** That of the request: it is also that of its tunnel through a proxy. In ms. */
  _requestTimeout?: number | undefined;
  /** The name of the connection. */
  _agentKey?: string;
}

/** The options in which two requests must agree to share a connection. */
type Naming = Pick<ConnectionOptions, 'host' | 'port' | 'localAddress' | 'family' | 'socketPath'>;

let last: { readonly of: Naming; readonly name: string } | undefined;

/** `host:port:localAddress`, then `:family` if that is 4 or 6, and `:socketPath` if there is one. */
export function nameOf(options: Naming): string {
  if (last === undefined || !isLike(last.of, options)) {
    const { host, port, localAddress, family, socketPath } = options;
    last = { of: { host, port, localAddress, family, socketPath }, name: makeName(options) };
  }
  return last.name;
}

/** Most requests go where the one before went. Sharing one string among them makes table lookups fast. */
function isLike(one: Naming, other: Naming): boolean {
  return (
    one.host === other.host &&
    one.port === other.port &&
    one.localAddress === other.localAddress &&
    one.family === other.family &&
    one.socketPath === other.socketPath
  );
}

function makeName({ host, port, localAddress, family, socketPath }: Naming): string {
  let name = `${host || 'localhost'}:${port || ''}:${localAddress || ''}`;
  if (family === 4 || family === 6) name += `:${family}`;
  if (socketPath) name += `:${socketPath}`;
  return name;
}

/** Whether these options of an agent change the names of its connections. */
export function isNaming(options: object): boolean {
  return (
    'host' in options ||
    'port' in options ||
    'localAddress' in options ||
    'family' in options ||
    'socketPath' in options
  );
}

/**
 * @param getHeader of the request
 * @throws ERR_INVALID_ARG_TYPE for a Host that is not a string
 */
export function connectionOptions(
  given: ConnectionOptions,
  ofAgent: ConnectionOptions,
  request: { getHeader?(name: string): unknown },
): ConnectionOptions {
  const options: ConnectionOptions = { __proto__: null, ...given, ...ofAgent } as ConnectionOptions;
  if (options.socketPath) options.path = options.socketPath;
  if (!options.servername && options.servername !== '') {
    options.servername = serverName(options.host, request.getHeader?.('host'));
  }
  return options;
}

/** The name of the server for TLS: no port, and nothing for an address (RFC 6066 §3). */
function serverName(host: string | null | undefined, header: unknown): string {
  if (header) validateString(header, 'options.headers.host');
  const authority = header ? (header as string) : undefined;
  const name = authority === undefined ? (host ?? '') : withoutPort(authority);
  return isIP(name) ? '' : name;
}

function withoutPort(authority: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(authority);
  return bracketed ? bracketed[1]! : authority.replace(/:.*$/s, '');
}

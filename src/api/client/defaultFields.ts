/** The fields that a request begins with: those of its options, and those that it has by itself. */
import * as errors from '../compat/errors.js';
import { optionOf } from '../compat/ownOptions.js';
import type { HeaderValue } from '../message/lines.js';
import { flatten } from '../message/writeHead.js';
import type { RequestOptions } from './options.js';

/** A request that has no fields yet. */
interface BareRequest {
  readonly host: string;
  getHeader(name: string): unknown;
  setHeader(name: string, value: HeaderValue): unknown;
  /** Fixes the head. @throws ERR_HTTP_HEADERS_SENT when it is fixed */
  _implicitHeader(): void;
  /** Fixes the head, from the lines of the options if there are some. */
  _fixHead(): void;
}

/** The value of a Host field (RFC 9112 §3.2). */
function hostField(
  host: string,
  port: number | string | null | undefined,
  defaultPort: number | string | undefined,
): string {
  const isBareIpv6 = host.indexOf(':') !== host.lastIndexOf(':') && host[0] !== '[';
  const name = isBareIpv6 ? `[${host}]` : host;
  return port && Number(port) !== Number(defaultPort) ? `${name}:${port}` : name;
}

/** The value of a Host field, unless none is to be sent by itself. */
function hostOfRequest({ host }: BareRequest, options: RequestOptions, defaultPort?: number | string): string {
  const { setHost, setDefaultHeaders, port } = options;
  return host && (setHost ?? setDefaultHeaders ?? true) ? hostField(host, port, defaultPort) : '';
}

/** Lines are sent as they are given, behind a Host if they have none. */
export function fixList(request: BareRequest, options: RequestOptions, defaultPort?: number | string): void {
  const lines = options.headers as readonly string[];
  const flat = flatten(lines);
  const host = hostOfRequest(request, options, defaultPort);
  const hasHost = flat.some((name, i) => i % 2 === 0 && String(name).toLowerCase() === 'host');
  // An empty list asks for none: so Node's own tests ask.
  if (host !== '' && !hasHost && flat.length > 0) options.headers = ['Host', host, ...flat] as string[];
  request._fixHead();
}

export function setDefaultFields(request: BareRequest, options: RequestOptions, defaultPort?: number | string): void {
  const host = optionOf(options.headers as { host?: unknown }, 'host');
  if (Array.isArray(host)) throw errors.invalidArgType('options.headers.host', 'string', host);
  for (const name of Object.keys(options.headers ?? {})) {
    request.setHeader(name, (options.headers as Record<string, HeaderValue>)[name] as HeaderValue);
  }
  const named = hostOfRequest(request, options, defaultPort);
  if (named !== '' && !request.getHeader('host')) request.setHeader('Host', named);
  if (options.auth && !request.getHeader('Authorization')) {
    request.setHeader('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
  }
  // RFC 9110 §10.1.1: who expects something doesn't send the content before it is answered.
  if (request.getHeader('expect')) request._implicitHeader();
}

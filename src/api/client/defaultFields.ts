/** The initial fields of a request: those in its options, and the default ones. */
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
  /** Fixes the head. @throws ERR_HTTP_HEADERS_SENT when it is already fixed */
  _implicitHeader(): void;
  /** Fixes the head, from the lines in the options if there are any. */
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
  // As in Node: a default port that is text is never that of the request.
  return port && +port !== defaultPort ? `${name}:${port}` : name;
}

/** The value of the default Host field; empty if none is sent. */
function hostOfRequest({ host }: BareRequest, options: RequestOptions, defaultPort?: number | string): string {
  const { setHost, setDefaultHeaders, port } = options;
  const isSent = setHost === undefined ? setDefaultHeaders !== false : setHost;
  return host && isSent ? hostField(host, port, defaultPort) : '';
}

/** Lines are sent as given, after a Host if they contain none. */
export function fixList(request: BareRequest, options: RequestOptions, defaultPort?: number | string): void {
  const lines = options.headers as readonly string[];
  const flat = flatten(lines);
  const host = hostOfRequest(request, options, defaultPort);
  const hasHost = flat.some((name, i) => i % 2 === 0 && String(name).toLowerCase() === 'host');
  // An empty list means no fields, as in Node's tests.
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
  // RFC 9110 §10.1.1: a request with an Expect field sends its head at once, and its content only after a response.
  if (request.getHeader('expect')) request._implicitHeader();
}

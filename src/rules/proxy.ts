/**
 * Requests through a proxy: which requests use it, and their targets.
 *
 * A proxy for http: requests learns the origin server from the request target, which is in absolute-form; Host must not differ
 * from it (RFC 9112 §3.2.2), so a request that differs is refused here. The form of the variables: “Built-in Proxy Support” in
 * Node's documentation of http.
 */

/** The environment variables that configure proxies, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy's URL; undefined if there is none or its scheme isn't http: or https:.
 * @param configured the proxy in the variables: `httpProxy` or `httpsProxy`
 */
export function proxyUrl(
  environment: Environment,
  configured: (environment: Environment) => string | undefined = httpProxy,
): string | undefined {
  const url = configured(environment);
  return url !== undefined && /^https?:\/\//.test(url) ? url : undefined;
}

/** Whether a text is a URL. URL parsers ignore line breaks, but in a configuration they are a mistake. */
export function isUrl(text: string): boolean {
  return !/[\r\n]/.test(text) && URL.canParse(text);
}

/** The proxy configured for http: requests, valid or not. The lower-case name takes precedence. */
export function httpProxy({ http_proxy, HTTP_PROXY }: Environment): string | undefined {
  return http_proxy || HTTP_PROXY || undefined;
}

/** As `httpProxy`, for https: requests. */
export function httpsProxy({ https_proxy, HTTPS_PROXY }: Environment): string | undefined {
  return https_proxy || HTTPS_PROXY || undefined;
}

export interface Proxy {
  /** The connection to the proxy uses TLS. */
  readonly isSecure: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** `user:password`; undefined if the URL has neither. */
  readonly credentials: string | undefined;
}

/** @throws URIError if the percent-encoding of the credentials is invalid */
export function proxyOf({ protocol, hostname, port, username, password }: URL): Proxy {
  const isSecure = protocol === 'https:';
  const isNamed = username !== '' || password !== '';
  return {
    isSecure,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    credentials: isNamed ? `${decodeURIComponent(username)}:${decodeURIComponent(password)}` : undefined,
  };
}

/** The entries of NO_PROXY. */
export function exceptions({ no_proxy, NO_PROXY }: Environment): readonly string[] {
  const entries = (no_proxy || NO_PROXY || '').split(',');
  return entries.map((entry) => entry.trim().toLowerCase()).filter((entry) => entry !== '');
}

/** Whether requests to this host bypass the proxy. */
export function isExcepted(host: string, port: number | string, entries: readonly string[]): boolean {
  if (entries.length === 0) return false;
  const name = host.toLowerCase();
  return entries.some((entry) => covers(entry, name, `${name}:${port}`));
}

/** An entry is `*`, a host, a host with a port, `.domain` (with the domain itself), `*.domain` (without it), or a range. */
function covers(entry: string, name: string, named: string): boolean {
  if (entry === '*' || entry === name || entry === named) return true;
  if (entry.startsWith('.')) return name.endsWith(entry) || name === entry.slice(1);
  if (entry.startsWith('*.')) return name.endsWith(entry.slice(1));
  return isWithin(entry, name);
}

/** Whether an IPv4 address is within the range `first-last`. */
function isWithin(range: string, name: string): boolean {
  const [first, last, ...rest] = range.split('-');
  if (first === undefined || last === undefined || rest.length > 0) return false;
  const [lowest, address, highest] = [first, name, last].map((each) => addressNumber(each.trim()));
  return lowest! <= address! && address! <= highest!;
}

/** An IPv4 address in dotted decimal as a number; NaN, which is within no range, for any other text. */
function addressNumber(text: string): number {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return Number.NaN;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts.reduce((sum, part) => sum * 256 + part, 0) : Number.NaN;
}

/**
 * The host of a request, with its port unless that is 80.
 * @param host an IPv6 address may have brackets
 * @returns undefined if no URL can have this host
 */
export function authority(host: string, port: number | string): string | undefined {
  const isBareIpv6 = host.includes(':') && !host.startsWith('[');
  return authorityIn(isBareIpv6 ? `[${host}]:${port}` : `${host}:${port}`);
}

/** As `authority`, for the value of a Host field. */
export function authorityIn(field: string): string | undefined {
  const url = `http://${field}`;
  return /[/?#@\\\s]/.test(field) || !URL.canParse(url) ? undefined : new URL(url).host;
}

/**
 * The target of a CONNECT request, in authority-form (RFC 9112 §3.2.3).
 * @returns undefined if no URL can have this host
 */
export function tunnelTarget(host: string, port: number | string): string | undefined {
  const isBareIpv6 = host.includes(':') && !host.startsWith('[');
  const target = isBareIpv6 ? `[${host}]:${port}` : `${host}:${port}`;
  return authorityIn(target) === undefined ? undefined : target;
}

/** A URL for messages: without its credentials. */
export function withoutCredentials(url: string): string {
  const { username, password } = new URL(url);
  if (username === '' && password === '') return url;
  const bare = new URL(url);
  bare.username = bare.password = '';
  return bare.href;
}

/** The target of a request, or the problem of its path. */
export type Target = { readonly target: string } | { readonly reason: string; readonly value: unknown };

/**
 * The target of a request to a proxy (RFC 9112 §3.2.2): absolute-form, except for CONNECT and for `OPTIONS *`.
 * @param path the request's path, or a URL of the same authority
 */
export function proxyTarget(method: string, path: string, requested: string): Target {
  if (method === 'CONNECT' || (method === 'OPTIONS' && path === '*')) return { target: path };
  if (path.startsWith('/')) return { target: new URL(`http://${requested}${path}`).href };
  if (!URL.canParse(path)) return { reason: 'must be in absolute-form or start with /', value: path };
  const url = new URL(path);
  if (url.protocol !== 'http:') {
    return { reason: 'must use http: scheme when specified as an absolute URL', value: url.protocol };
  }
  if (url.username !== '' || url.password !== '') {
    url.username = url.password = '';
    return { reason: 'must not contain userinfo, use options.auth instead', value: url.href };
  }
  return url.host === requested ? { target: url.href } : { reason: mismatch(requested), value: url };
}

/** The problem of an authority that isn't the request's. */
export function mismatch(requested: string): string {
  return `must match the request authority (${requested})`;
}

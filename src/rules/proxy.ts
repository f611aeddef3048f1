/**
 * Requests by way of a proxy: which ones go there, and what they say then.
 *
 * A proxy of http: requests is told whom a request is for by the request's target, in absolute-form (RFC 9112 §3.2.2): the
 * connection says nothing of it. The target decides and Host must not differ from it (RFC 9112 §3.2.2), so what differs
 * is refused here. The form of the variables: “Built-in Proxy Support” in Node's documentation of http.
 */

/** Where proxies are told of, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy's URL; undefined when there is none, or none that HTTP is spoken to. */
export function proxyUrl(environment: Environment): string | undefined {
  const url = httpProxy(environment);
  return url !== undefined && /^https?:\/\//.test(url) ? url : undefined;
}

/** Whether it can be read as one. A line break is a mistake in a configuration, though a URL is read without it. */
export function isUrl(text: string): boolean {
  return !/[\r\n]/.test(text) && URL.canParse(text);
}

/** What stands for the proxy of http: requests, of whatever form. The lower-case name comes first. */
export function httpProxy({ http_proxy, HTTP_PROXY }: Environment): string | undefined {
  return http_proxy || HTTP_PROXY || undefined;
}

/** As `httpProxy`, of https: requests. */
export function httpsProxy({ https_proxy, HTTPS_PROXY }: Environment): string | undefined {
  return https_proxy || HTTPS_PROXY || undefined;
}

export interface Proxy {
  /** TLS is spoken to the proxy itself. */
  readonly isSecure: boolean;
  /** An IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
  /** `user:password`; undefined when the URL has neither. */
  readonly credentials: string | undefined;
}

/** @throws URIError when the credentials are not percent-encoded */
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

/** Whether requests to a host are made without the proxy. */
export function isExcepted(host: string, port: number | string, entries: readonly string[]): boolean {
  if (entries.length === 0) return false;
  const name = host.toLowerCase();
  return entries.some((entry) => covers(entry, name, `${name}:${port}`));
}

/** An entry is `*`, a host, a host and a port, `.domain` with the domain itself, `*.domain` without, or a range. */
function covers(entry: string, name: string, named: string): boolean {
  if (entry === '*' || entry === name || entry === named) return true;
  if (entry.startsWith('.')) return name.endsWith(entry) || name === entry.slice(1);
  if (entry.startsWith('*.')) return name.endsWith(entry.slice(1));
  return isWithin(entry, name);
}

/** Whether an IPv4 address is one of `first-last`. */
function isWithin(range: string, name: string): boolean {
  const [first, last, ...rest] = range.split('-');
  if (first === undefined || last === undefined || rest.length > 0) return false;
  const [lowest, address, highest] = [first, name, last].map((each) => addressNumber(each.trim()));
  return lowest! <= address! && address! <= highest!;
}

/** NaN, which is within no range, for what is no IPv4 address in dotted decimal. */
function addressNumber(text: string): number {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return Number.NaN;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts.reduce((sum, part) => sum * 256 + part, 0) : Number.NaN;
}

/**
 * The host that a request is for, and its port unless that is 80.
 * @param host an IPv6 address may have brackets
 * @returns undefined when no URL can name it
 */
export function authority(host: string, port: number | string): string | undefined {
  const isBareIpv6 = host.includes(':') && !host.startsWith('[');
  return authorityIn(isBareIpv6 ? `[${host}]:${port}` : `${host}:${port}`);
}

/** As `authority`, of the value of a Host field. */
export function authorityIn(field: string): string | undefined {
  const url = `http://${field}`;
  return /[/?#@\\\s]/.test(field) || !URL.canParse(url) ? undefined : new URL(url).host;
}

/** The target of a request, or what is wrong with its path. */
export type Target = { readonly target: string } | { readonly reason: string; readonly value: unknown };

/**
 * The target by which a proxy is asked (RFC 9112 §3.2.2): absolute-form, but for CONNECT and for OPTIONS of all that is there.
 * @param path that of the request, or already a URL of the same authority
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

/** What is wrong with another authority than that of the request. */
export function mismatch(requested: string): string {
  return `must match the request authority (${requested})`;
}

/**
 * Combines received fields to the objects of Node's `message.headers` and `message.headersDistinct`.
 *
 * RFC 9110 §5.3 lets a recipient join the values of one name with ", ". There are three exceptions: Set-Cookie can't be
 * joined (§5.3); Cookie is joined with "; " (RFC 6265 §5.4); and of names that RFC 9110 defines as singletons, Node's
 * documentation of `message.headers` promises only the first value, unless `joinDuplicateHeaders` is set.
 */

export type Headers = Record<string, string | string[]>;
export type DistinctHeaders = Record<string, string[]>;

type Duplicates = 'joined' | 'dropped' | 'listed' | 'joinedAsCookie';

interface Field {
  readonly name: string;
  readonly duplicates: Duplicates;
}

const dropped =
  'age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since ' +
  'last-modified location max-forwards proxy-authorization referer retry-after server user-agent';

/** Names so common that a table saves converting them to lower case. None is a member of Object.prototype. */
const joined =
  'accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-credentials ' +
  'access-control-allow-headers access-control-allow-methods access-control-allow-origin ' +
  'access-control-expose-headers access-control-max-age access-control-request-headers ' +
  'access-control-request-method allow alt-svc cache-control cdn-cache-control connection content-disposition ' +
  'content-encoding content-language content-location content-range content-security-policy date dnt expect ' +
  'forwarded if-match if-none-match if-range keep-alive link origin pragma prefer priority proxy-authenticate ' +
  'proxy-connection range referrer-policy sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest ' +
  'sec-fetch-mode sec-fetch-site sec-fetch-user sec-gpc sec-websocket-accept sec-websocket-extensions ' +
  'sec-websocket-key sec-websocket-protocol sec-websocket-version strict-transport-security te timing-allow-origin ' +
  'traceparent tracestate trailer transfer-encoding upgrade upgrade-insecure-requests vary via warning ' +
  'www-authenticate x-content-type-options x-correlation-id x-forwarded-for x-forwarded-host x-forwarded-port ' +
  'x-forwarded-proto x-frame-options x-powered-by x-real-ip x-request-id x-requested-with';

/** All known names, in lower case and in Train-Case. */
const known = new Map<string, Field>();

function know(names: string, duplicates: Duplicates): void {
  for (const name of names.split(' ')) {
    const field: Field = { name, duplicates };
    known.set(name, field);
    known.set(
      name.replace(/(?<![^-])[a-z]/g, (letter) => letter.toUpperCase()),
      field,
    );
  }
}

know(dropped, 'dropped');
know('set-cookie', 'listed');
know('cookie', 'joinedAsCookie');
know(joined, 'joined');

/**
 * Adds a field to `headers`. Duplicates are treated as Node's documentation of `message.headers` describes.
 * @param joinDuplicates the server's or the request's `joinDuplicateHeaders`
 */
export function addField(headers: Headers, rawName: string, value: string, joinDuplicates: boolean): void {
  const field = known.get(rawName);
  if (field === undefined) {
    addUnknownField(headers, rawName.toLowerCase(), value, joinDuplicates);
    return;
  }
  const { name } = field;
  const earlier = headers[name];
  // A member of Object.prototype is no field.
  if (earlier === undefined || !Object.hasOwn(headers, name))
    headers[name] = field.duplicates === 'listed' ? [value] : value;
  else addDuplicate(headers, field, earlier, value, joinDuplicates);
}

function addUnknownField(headers: Headers, name: string, value: string, joinDuplicates: boolean): void {
  if (known.has(name)) addField(headers, name, value, joinDuplicates);
  else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
}

function addDuplicate(headers: Headers, field: Field, earlier: string | string[], value: string, join: boolean): void {
  const { name, duplicates } = field;
  if (duplicates === 'listed') (earlier as string[]).push(value);
  else if (duplicates === 'joinedAsCookie') headers[name] = `${earlier}; ${value}`;
  else if (duplicates === 'joined' || join) headers[name] = `${earlier}, ${value}`;
}

/**
 * A message's `headers` (or `trailers`).
 * @param rawHeaders alternating names and values, as received
 * @param joinDuplicates the server's or the request's `joinDuplicateHeaders`
 * @param into the object to add to; a new one by default
 */
export function combine(rawHeaders: readonly string[], joinDuplicates: boolean, into: Headers = {}): Headers {
  for (let i = 0; i < rawHeaders.length; i += 2) addField(into, rawHeaders[i]!, rawHeaders[i + 1]!, joinDuplicates);
  return into;
}

/** Adds a field to an object as returned by `distinct`. */
export function addDistinctField(headers: DistinctHeaders, rawName: string, value: string): void {
  const name = known.get(rawName)?.name ?? rawName.toLowerCase();
  const earlier = headers[name];
  if (earlier === undefined) headers[name] = [value];
  else earlier.push(value);
}

/** A message's `headersDistinct` (or `trailersDistinct`): each name with all its values, in an object without prototype. */
export function distinct(rawHeaders: readonly string[], into: DistinctHeaders = Object.create(null)): DistinctHeaders {
  for (let i = 0; i < rawHeaders.length; i += 2) addDistinctField(into, rawHeaders[i]!, rawHeaders[i + 1]!);
  return into;
}

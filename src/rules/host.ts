/**
 * An HTTP/1.1 request without exactly one valid Host field is rejected with 400. Requests of other versions may lack the field,
 * but not have an invalid one (RFC 9112 §3.2).
 */

export type HostProblem = 'missing' | 'duplicate' | 'malformed';

/** What is demanded of Host: all of RFC 9112 §3.2, only that there is one, as node:http does, or nothing. */
export type HostRequirement = boolean | 'node';

/**
 * Whether a request with this problem is rejected.
 * @param mayLack the request may be without Host
 */
export function rejectsHost(problem: HostProblem, requirement: HostRequirement, mayLack: boolean): boolean {
  if (problem === 'missing') return requirement !== false && !mayLack;
  return requirement === true;
}

/**
 * `uri-host [ ":" port ]` with the characters of RFC 3986 §3.2.2, with two differences. A comma is refused, although a
 * registered name may have one: it results from joining two Host lines on the way (RFC 9110 §5.3). An address may have a
 * zone (RFC 6874 §2): clients should remove it, but Node's doesn't.
 */
const name = String.raw`(?:[\w.~!$&'()*+;=-]|%[\dA-Fa-f]{2})*`;
const address = String.raw`[\dA-Fa-f:.]+(?:%[\w.~%-]+)?`;
const futureAddress = String.raw`v[\dA-Fa-f]+\.[\w.~!$&'()*+;=:-]+`;
const validHost = new RegExp(String.raw`^(?:${name}|\[(?:${address}|${futureAddress})\])(?::\d*)?$`);

/**
 * The problem of a request's Host fields, if there is one. An empty value is valid, since the target may have no authority.
 * @param rawHeaders alternating names and values, as received, values without surrounding whitespace
 */
export function hostProblem(rawHeaders: readonly string[]): HostProblem | undefined {
  let host: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!isHost(rawHeaders[i]!)) continue;
    if (host !== undefined) return 'duplicate';
    host = rawHeaders[i + 1]!;
  }
  if (host === undefined) return 'missing';
  return isPlain(host) || validHost.test(host) ? undefined : 'malformed';
}

function isHost(name: string): boolean {
  return name.length === 4 && (name === 'Host' || name === 'host' || name.toLowerCase() === 'host');
}

/** Letters, digits, dots and hyphens, then an optional port: nearly all hosts, without the regular expression. */
function isPlain(host: string): boolean {
  let inPort = false;
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) continue;
    if (inPort) return false;
    if (code === 0x3a) inPort = true;
    else if (code !== 0x2d && code !== 0x2e && !((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a)) return false;
  }
  return true;
}

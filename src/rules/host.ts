/**
 * A request of HTTP/1.1 has exactly one Host field, which is valid, or it is answered by 400. One of another version may
 * come without; what holds for the field holds for it too (RFC 9112 §3.2).
 */

export type HostProblem = 'missing' | 'duplicate' | 'malformed';

/**
 * `uri-host [ ":" port ]` by the characters of RFC 3986 §3.2.2, with two differences. A comma is refused, though a
 * registered name might have one: it is what remains of two Host lines that were joined on the way (RFC 9110 §5.3).
 * An address may have a zone (RFC 6874 §2): clients should take it out, but Node's doesn't.
 */
const name = String.raw`(?:[\w.~!$&'()*+;=-]|%[\dA-Fa-f]{2})*`;
const address = String.raw`[\dA-Fa-f:.]+(?:%[\w.~%-]+)?`;
const futureAddress = String.raw`v[\dA-Fa-f]+\.[\w.~!$&'()*+;=:-]+`;
const validHost = new RegExp(String.raw`^(?:${name}|\[(?:${address}|${futureAddress})\])(?::\d*)?$`);

/**
 * What is wrong with the Host fields of a request, if anything is. The empty value is valid: the target may have no
 * authority.
 * @param rawHeaders names and values by turns, as received, values without the whitespace around them
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

/** Letters, digits, dots and hyphens, then perhaps a port: nearly all hosts, without the regular expression. */
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

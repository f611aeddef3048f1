/**
 * A request before HTTP/1.1 may come without Host; one of HTTP/1.1 has exactly one Host field, which is valid, or it is
 * answered by 400 (RFC 9112 §3.2).
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
  return validHost.test(host) ? undefined : 'malformed';
}

function isHost(name: string): boolean {
  return name.length === 4 && (name === 'Host' || name === 'host' || name.toLowerCase() === 'host');
}

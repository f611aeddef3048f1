/**
 * Since 26, Node does a few things slightly earlier or later, or in other pieces, which no document specifies. Comparisons
 * with it ignore that in both logs: the rows `ends`, `joined-chunks` and `connect-host` of docs/differences-from-node.md.
 * The logs of older versions are compared exactly.
 */
import { HOST } from './host.js';
import type { Log } from './log.js';

const END = /^re[qs]\d+\.(end|close)$/;

/** The log in the form that is compared on this host. */
export function comparable(log: Log): Log {
  if (HOST < 26) return log;
  const { events } = log;
  const peers = Object.entries(log.peers).map(([name, peer]) => [
    name,
    { ...peer, received: joined(withOwnHost(peer.received)) },
  ]);
  return {
    events: [
      ...events.filter((event) => !END.test(event)).map((event) => event.replace(', readableFlowing', '')),
      ...events.filter((event) => END.test(event)).sort(),
    ],
    peers: Object.fromEntries(peers),
  };
}

/** The Host header of a CONNECT, as older hosts send it. */
const withOwnHost = (received: string): string =>
  received.replace(/^(CONNECT (\S+) [\s\S]*?\r\nHost: )\2(?=\r\n)/, '$1127.0.0.1:<port>');

/**
 * The events with those of a request before those of its response where they are adjacent: both come in one turn, and no
 * document orders them.
 */
export function inPairs(events: readonly string[]): string[] {
  const lines = [...events];
  for (let at = 0; at + 1 < lines.length; at++) {
    const [one = '', other = ''] = lines.slice(at, at + 2);
    if (!/^res\d+\.(close|finish|drain)/.test(one) || !/^req\d+\.(end|close|data)/.test(other)) continue;
    lines.splice(at, 2, other, one);
    at = Math.max(-1, at - 2);
  }
  return lines;
}

/** Merges consecutive chunks into one (RFC 9112 §7.1). */
export function joined(received: string): string {
  let text = '';
  let data = '';
  for (let at = 0; at < received.length; ) {
    const size = /^\r\n([\da-f]+)\r\n/.exec(received.slice(at, at + 12))?.[1];
    const end = at + (size?.length ?? 0) + 4 + Number.parseInt(size ?? '0', 16);
    if (size !== undefined && size !== '0' && received.startsWith('\r\n', end)) {
      data += received.slice(at + size.length + 4, end);
      at = end;
      continue;
    }
    if (data !== '') text += `\r\n${data.length.toString(16)}\r\n${data}`;
    data = '';
    text += received[at++];
  }
  return data === '' ? text : `${text}\r\n${data.length.toString(16)}\r\n${data}`;
}

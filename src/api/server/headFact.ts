/** The fact that a connection's machine receives about a request head. */
import type { HeadFact, ProtocolChange, RequestKind } from '../../events/connection.js';
import type { MessageHead } from '../../events/wire.js';
import type { Leniency } from '../../io/llhttp.js';
import { type Expectation, expectationOf } from '../../rules/expect.js';
import { fieldValue } from '../../rules/fields.js';
import { isUncoded } from '../../rules/framing.js';
import { type HostProblem, hostProblem, rejectsHost } from '../../rules/host.js';
import { limitOf } from '../compat/limits.js';
import type { ServerSettings } from './settings.js';

/** The connection: the members by which a head on it is judged. */
export interface HeadHost {
  readonly server: HeadServer;
  /** The number of its requests so far, and of those that count for `maxRequestsPerSocket`. */
  requests: number;
  counted: number;
  /** The one whose head is handed out is the last of these, or comes after it. */
  isLimited: boolean;
  /** Whether another request may follow the one whose head is handed out. */
  persists: boolean;
  /** The peer has declared that it is the last one. */
  isLastOfPeer: boolean;
  /** The server has announced that it closes. */
  readonly isLeaving: boolean;
  /** Another head has been read after the one that is handed out. */
  readonly hasReadMore: boolean;
  readonly lenient: Leniency;
}

interface HeadServer extends Pick<ServerSettings, 'maxRequestsPerSocket' | 'requireHostHeader'> {
  listenerCount(event: string): number;
}

/** Findings in the fields of a request that decide how it is handled. */
interface Findings {
  readonly host: HostProblem | undefined;
  readonly expects: Expectation;
}

function find(fields: readonly string[]): Findings {
  return { host: hostProblem(fields), expects: expectationOf(fieldValue(fields, 'expect')) };
}

/** A repeated header section is searched once. */
function findingsOf({ section, heeded }: MessageHead): Findings {
  if (section === undefined) return find(heeded);
  section.findings ??= find(section.fields);
  return section.findings as Findings;
}

export function headFact(host: HeadHost, head: MessageHead, leaves: boolean, crowded: boolean): HeadFact {
  const { server } = host;
  host.requests++;
  const changesTo = leaves ? protocolChange(server, head) : 'none';
  const isSurplus = !leaves && countTo(limitOf(server.maxRequestsPerSocket), host, head);
  host.isLastOfPeer = !head.shouldKeepAlive;
  host.persists = mayFollow(host, head, leaves);
  const kind = kindOf(host, head, changesTo, isSurplus);
  return {
    type: 'wire.head',
    head,
    kind,
    changesTo,
    hasListener: hasListener(server, kind),
    persists: host.persists,
    crowded,
  };
}

/** As in Node, requests of HTTP/1.0 do not count. @returns whether it is one too many */
function countTo(limit: number, host: HeadHost, head: MessageHead): boolean {
  const isCounted = limit > 0 && isHttp11(head);
  if (isCounted) host.counted++;
  host.isLimited = isCounted && host.counted >= limit;
  return isCounted && host.counted > limit;
}

/**
 * Whether another request may follow. The last request of a server that closes is one after which no other was read when it is handed
 * out: so every request that was read gets its response.
 */
function mayFollow(host: HeadHost, head: MessageHead, leaves: boolean): boolean {
  if (!head.shouldKeepAlive || !(isHttp11(head) || isUncoded(head.rawHeaders))) return false;
  return !host.isLeaving || leaves || host.hasReadMore;
}

function kindOf(connection: HeadHost, head: MessageHead, changesTo: ProtocolChange, isSurplus: boolean): RequestKind {
  const { server, lenient } = connection;
  const { host, expects } = findingsOf(head);
  if (server.requireHostHeader && host !== undefined) {
    // With the insecure parser, which accepts invalid fields, Host only has to be present.
    const requirement = lenient === true ? 'node' : server.requireHostHeader;
    if (rejectsHost(host, requirement, mayLackHost(head, changesTo))) return 'unhosted';
  }
  if (isSurplus) return 'surplus';
  if (changesTo !== 'none') return 'leaving';
  if (!isHttp11(head) || expects === 'none') return 'ordinary';
  return expects === 'continue' ? 'continue' : 'expectation';
}

/** Host may be missing before HTTP/1.1, and if the connection leaves HTTP, as in Node. */
function mayLackHost(head: MessageHead, changesTo: ProtocolChange): boolean {
  return !isHttp11(head) || head.method === 'CONNECT' || changesTo === 'upgrade';
}

function isHttp11({ versionMajor, versionMinor }: MessageHead): boolean {
  return versionMajor === 1 && versionMinor === 1;
}

function protocolChange(server: HeadServer, head: MessageHead): ProtocolChange {
  const event = head.method === 'CONNECT' ? 'connect' : 'upgrade';
  return server.listenerCount(event) > 0 ? event : 'unclaimed';
}

function hasListener(server: HeadServer, kind: RequestKind): boolean {
  if (kind === 'continue') return server.listenerCount('checkContinue') > 0;
  return kind === 'expectation' && server.listenerCount('checkExpectation') > 0;
}

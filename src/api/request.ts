/** What a connection's machine is told of a request head. */
import type { Expectation, HeadFact, Takeover } from '../events/connection.js';
import type { MessageHead } from '../events/wire.js';
import { expectationOf } from '../rules/expect.js';
import { hostProblem } from '../rules/host.js';
import type { ConnectionHost } from './ConnectionHost.js';
import type { Server } from './Server.js';

export function headFact(host: ConnectionHost, head: MessageHead, leaves: boolean, crowded: boolean): HeadFact {
  const { server } = host;
  const isHttp11 = head.versionMajor === 1 && head.versionMinor === 1;
  const expects = isHttp11 ? expectationOf(fieldValue(head.rawHeaders, 'expect')) : 'none';
  const limit = server.maxRequestsPerSocket ?? 0;
  host.requests++;
  return {
    type: 'wire.head',
    head,
    hosted: !isHttp11 || !server.requireHostHeader || hostProblem(head.rawHeaders) === undefined,
    leavesBy: leaves ? takeover(server, head) : 'none',
    surplus: limit > 0 && host.requests > limit,
    expects,
    heard: expects !== 'none' && isHeard(server, expects),
    persists: head.shouldKeepAlive,
    crowded,
  };
}

function takeover(server: Server, head: MessageHead): Takeover {
  const event = head.method === 'CONNECT' ? 'connect' : 'upgrade';
  return server.listenerCount(event) > 0 ? event : 'nobody';
}

function isHeard(server: Server, expects: Expectation): boolean {
  return server.listenerCount(expects === 'continue' ? 'checkContinue' : 'checkExpectation') > 0;
}

/** The lines of one field, joined. */
function fieldValue(rawHeaders: readonly string[], lower: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== lower.length || name.toLowerCase() !== lower) continue;
    value = value === undefined ? rawHeaders[i + 1] : `${value}, ${rawHeaders[i + 1]}`;
  }
  return value;
}

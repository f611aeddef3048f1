/** The conversations over TLS, with node:https and with statewire/https. kit/tls.ts lists those that are left out. */
import * as hostHttp from 'node:http';
import * as host from 'node:https';
import { describe, expect, it } from 'vitest';
import ownHttps from '../../src/https.js';
import { clientConversations } from './client/index.js';
import type { ClientConversation, ClientHttp } from './kit/client-conversation.js';
import { runClientConversation } from './kit/client-run.js';
import { comparing, subject } from './kit/compare.js';
import type { Conversation } from './kit/conversation.js';
import { type Http, runConversation } from './kit/run.js';
import { leftOut, type Side, whyNot } from './kit/tls.js';
import { TLS } from './kit/transport.js';
import { serverConversations } from './server/index.js';

/** The part of an HTTPS module that conversations need, with the classes of the HTTP module beside it. */
function over(http: unknown, https: unknown): Http & ClientHttp {
  const { ClientRequest: theClass, IncomingMessage, ServerResponse } = http as typeof hostHttp;
  const { Agent, createServer, globalAgent, request, get } = https as typeof host;
  const ClientRequest = new Proxy(theClass, { construct: (_, args) => Reflect.apply(request, https, args) });
  return { Agent, ClientRequest, createServer, get, globalAgent, IncomingMessage, request, ServerResponse } as never;
}

const theirs = over(hostHttp, host);
const ours = subject && over(subject, ownHttps);

// The certificate is not what these compare.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

const compareServer = comparing<Http, Conversation>(ours, (http, each) => runConversation(http, each, TLS), theirs);
const compareClient = comparing<ClientHttp, ClientConversation>(
  ours,
  (http, each) => runClientConversation(http, each, TLS),
  theirs,
);

function runAll<C extends Conversation | ClientConversation>(
  side: Side,
  groups: Readonly<Record<string, readonly C[]>>,
  compare: (conversation: C) => Promise<void>,
): void {
  describe(side, () => {
    for (const [group, conversations] of Object.entries(groups)) {
      describe(group, () => {
        for (const each of conversations) it.skipIf(whyNot(side, each) !== undefined)(each.name, () => compare(each));
      });
    }
  });
}

runAll<Conversation>('server', serverConversations, compareServer);
runAll<ClientConversation>('client', clientConversations, compareClient);

it('leaves out only conversations that exist', () => {
  const all = { server: serverConversations, client: clientConversations } as const;
  for (const side of ['server', 'client'] as const) {
    const names = new Set(
      Object.values<readonly { name: string }[]>(all[side])
        .flat()
        .map(({ name }) => name),
    );
    expect([...leftOut[side].keys()].filter((name) => !names.has(name))).toEqual([]);
  }
});

/** The conversations over TLS, with node:https and with statewire/https. kit/tls.ts lists those that are left out. */
import { describe, expect, it } from 'vitest';
import { clientConversations } from './client/index.js';
import type { ClientConversation, ClientHttp } from './kit/client-conversation.js';
import { runClientConversation } from './kit/client-run.js';
import { comparing } from './kit/compare.js';
import type { Conversation } from './kit/conversation.js';
import { type Http, runConversation } from './kit/run.js';
import { ours, theirs } from './kit/secured.js';
import { leftOut, type Side, whyNot } from './kit/tls.js';
import { TLS } from './kit/transport.js';
import { serverConversations } from './server/index.js';

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

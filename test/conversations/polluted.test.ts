/**
 * An enumerable property on Object.prototype, set by an attack on the program or by an old library, changes nothing: the logs
 * of conversations are the same with and without it. Every fifth conversation runs so.
 */
import { describe, expect, it } from 'vitest';
import { clientConversations } from './client/index.js';
import type { ClientHttp } from './kit/client-conversation.js';
import { runClientConversation } from './kit/client-run.js';
import { type Log, render } from './kit/log.js';
import { type Http, runConversation } from './kit/run.js';
import { serverConversations } from './server/index.js';

/** Loaded with the property in place, so that the code run at load is covered, too. */
const statewire = await polluted(async () => (await import('../../src/index.js')).default);

async function polluted<T>(call: () => Promise<T>): Promise<T> {
  const properties = { polluted: 'x', extend() {} };
  Object.assign(Object.prototype, properties);
  try {
    return await call();
  } finally {
    for (const name of Object.keys(properties)) Reflect.deleteProperty(Object.prototype, name);
  }
}

function runAll<C extends { readonly name: string }>(
  side: string,
  groups: Readonly<Record<string, readonly C[]>>,
  run: (conversation: C) => Promise<Log>,
): void {
  const some = Object.values(groups)
    .flat()
    .filter((_, i) => i % 5 === 0);
  describe(side, () => {
    for (const conversation of some) {
      it(conversation.name, async () => {
        const clean = await run(conversation);
        expect(render(await polluted(() => run(conversation)))).toBe(render(clean));
      });
    }
  });
}

runAll('the server', serverConversations, (each) => runConversation(statewire as unknown as Http, each));
runAll('the client', clientConversations, (each) => runClientConversation(statewire as unknown as ClientHttp, each));

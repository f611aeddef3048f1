/** The walks of a client, each held twice. */
import * as oracle from 'node:http';
import { expect, it } from 'vitest';
import type { ClientHttp } from '../conversations/kit/client-conversation.js';
import { runClientConversation } from '../conversations/kit/client-run.js';
import statewire from '../../src/index.js';
import { client, conversationOf, predicted } from './client/game.js';
import { coveringPaths } from './kit/paths.js';
import { told } from './kit/told.js';

const t0 = performance.now();
const { paths, situations } = coveringPaths(client);
console.log('found', paths.length, situations, performance.now() - t0);

let n = 0;
for (const { acts } of paths) {
  const name = acts.join(' → ');
  if (process.env['ONLY'] && !name.includes(process.env['ONLY'])) continue;
  it(`${++n} ${name}`, async () => {
    const ours = await runClientConversation(statewire as unknown as ClientHttp, conversationOf(acts));
    expect(ours.events.map(told), ours.events.join('\n')).toEqual(predicted(acts));
    const host = await runClientConversation(oracle as unknown as ClientHttp, conversationOf(acts));
    expect(host.events.map(told), 'host').toEqual(predicted(acts));
  });
}

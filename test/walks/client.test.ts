/** The shortest walks that take every transition of the client's machines, each held twice. */
import { describe, it } from 'vitest';
import statewire from '../../src/index.js';
import type { ClientHttp } from '../conversations/kit/client-conversation.js';
import { runClientConversation } from '../conversations/kit/client-run.js';
import { comparing } from '../conversations/kit/compare.js';
import { beyond } from './client/beyond.js';
import { CLIENT_DEPTH, clientSide } from './client/side.js';
import { hold } from './kit/hold.js';
import { coveringPaths } from './kit/paths.js';

describe('the client', () => {
  for (const acts of coveringPaths(clientSide.game, CLIENT_DEPTH).paths)
    it(acts.join(' → '), () => hold(clientSide, acts));
});

describe('beyond the walks', () => {
  const compare = comparing(statewire as unknown as ClientHttp, runClientConversation);
  for (const conversation of beyond) it(conversation.name, () => compare(conversation));
});

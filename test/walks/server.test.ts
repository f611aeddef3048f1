/** The shortest walks that take every transition of the server's machines which one exchange at a time can take, twice. */
import { describe, it } from 'vitest';
import statewire from '../../src/index.js';
import { comparing } from '../conversations/kit/compare.js';
import { type Http, runConversation } from '../conversations/kit/run.js';
import { hold } from './kit/hold.js';
import { coveringPaths } from './kit/paths.js';
import { beyond } from './server/beyond.js';
import { SERVER_DEPTH, serverSide } from './server/side.js';

describe('the server', () => {
  for (const acts of coveringPaths(serverSide.game, SERVER_DEPTH).paths) {
    it(acts.join(' → '), () => hold(serverSide, acts));
  }
});

describe('beyond the walks', () => {
  const compare = comparing(statewire as unknown as Http, runConversation);
  for (const conversation of beyond) it(conversation.name, () => compare(conversation));
});

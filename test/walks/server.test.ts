/** The shortest walks that take every transition of the server's machines which they can take, each held twice. */
import { describe, it } from 'vitest';
import statewire from '../../src/index.js';
import { comparing } from '../conversations/kit/compare.js';
import { type Http, runConversation } from '../conversations/kit/run.js';
import { hold } from './kit/hold.js';
import { coveringPaths } from './kit/paths.js';
import { beyond } from './server/beyond.js';
import { serverSides } from './server/side.js';

for (const side of serverSides) {
  describe(`the server, ${side.name}`, () => {
    for (const acts of coveringPaths(side.game, side.depth).paths) {
      it(acts.join(' → '), () => hold(side, acts));
    }
  });
}

describe('beyond the walks', () => {
  const compare = comparing(statewire as unknown as Http, runConversation);
  for (const conversation of beyond) it(conversation.name, () => compare(conversation));
});

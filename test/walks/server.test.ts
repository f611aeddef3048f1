/** The shortest walks that take every reachable transition of the server's machines, each run twice. */
import { describe, it } from 'vitest';
import { hold } from './kit/hold.js';
import { coveringPaths } from './kit/paths.js';
import { serverSides } from './server/side.js';

for (const side of serverSides) {
  describe(`the server, ${side.name}`, () => {
    for (const acts of coveringPaths(side.game, side.depth).paths) {
      it(acts.join(' → '), () => hold(side, acts));
    }
  });
}

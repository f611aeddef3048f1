/** The shortest walks that take every transition of the server's machines which they can take, each held twice. */
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

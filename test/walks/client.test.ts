/** The shortest walks that take every transition of the client's machines, each run twice. */
import { describe, it } from 'vitest';
import { CLIENT_DEPTH, clientSide } from './client/side.js';
import { hold } from './kit/hold.js';
import { coveringPaths } from './kit/paths.js';

describe('the client', () => {
  for (const acts of coveringPaths(clientSide.game, CLIENT_DEPTH).paths)
    it(acts.join(' → '), () => hold(clientSide, acts));
});

/** The shortest walks that take every transition of the client's machines, each run twice, in both orders of events. */
import { describe, it } from 'vitest';
import { CLIENT_DEPTH, clientSides } from './client/side.js';
import { hold } from './kit/hold.js';
import { coveringPaths } from './kit/paths.js';

describe.each(Object.entries(clientSides))('the client, in %s', (_order, side) => {
  for (const acts of coveringPaths(side.game, CLIENT_DEPTH).paths) it(acts.join(' → '), () => hold(side, acts));
});

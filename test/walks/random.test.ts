/**
 * Walks at random, each held twice. `npm run test:walk -- --depth N --seed S --count C` takes other ones, and longer ones.
 */
import { describe, it } from 'vitest';
import { clientSide } from './client/side.js';
import { hold } from './kit/hold.js';
import { randomPaths } from './kit/paths.js';

const { WALK_DEPTH = 6, WALK_SEED = 1, WALK_COUNT = 250 } = process.env;

describe(`walks at random (depth ${WALK_DEPTH}, seed ${WALK_SEED})`, () => {
  const walks = randomPaths(clientSide.game, Number(WALK_COUNT), Number(WALK_DEPTH), Number(WALK_SEED));
  for (const [index, acts] of walks.entries()) it(`${index + 1}: ${acts.join(' → ')}`, () => hold(clientSide, acts));
});

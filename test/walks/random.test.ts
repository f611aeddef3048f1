/**
 * Random walks, each run twice. `npm run test:walk -- --depth N --seed S --count C` takes other or longer ones.
 */
import { describe, it } from 'vitest';
import { clientSides } from './client/side.js';
import { hold, type Side } from './kit/hold.js';
import { randomPaths, type Walked } from './kit/paths.js';
import { serverSides } from './server/side.js';

const { WALK_DEPTH = 6, WALK_SEED = 1, WALK_COUNT = 250, RANDOM_SHARE = 1 } = process.env;

const COUNT = Math.ceil(Number(WALK_COUNT) * Number(RANDOM_SHARE));

function describeWalks<W extends Walked>(name: string, side: Side<W>, count: number): void {
  describe(`${name} at random (depth ${WALK_DEPTH}, seed ${WALK_SEED})`, () => {
    const walks = randomPaths(side.game, count, Number(WALK_DEPTH), Number(WALK_SEED));
    for (const [index, acts] of walks.entries()) it(`${index + 1}: ${acts.join(' → ')}`, () => hold(side, acts));
  });
}

for (const [order, side] of Object.entries(clientSides)) describeWalks(`a client, in ${order},`, side, COUNT);
const [single, double, ...others] = serverSides;
for (const side of [single, double]) describeWalks(`a server, ${side.name},`, side, COUNT);
for (const side of others) {
  if (!side.isSlow) describeWalks(`a server, ${side.name},`, side, Math.ceil(COUNT / others.length));
}

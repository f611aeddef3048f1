/** Random walks, recorded and replayed: 10,000 with JOURNAL=all, otherwise a few. */
import { afterAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { clientSides } from '../walks/client/side.js';
import { randomPaths } from '../walks/kit/paths.js';
import { serverSides } from '../walks/server/side.js';
import { folder, recorded, verdictsInParts, verdictsOf } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

const { JOURNAL, WALK_COUNT = JOURNAL === 'all' ? 10_000 : 100, WALK_DEPTH = 7, WALK_SEED = 5 } = process.env;

const sides = [
  ...Object.entries(clientSides),
  ...serverSides.filter(({ isSlow }) => !isSlow).map((each) => [each.name, each] as const),
];

for (const [name, side] of sides) {
  const count = Math.ceil(Number(WALK_COUNT) / sides.length);
  describe(name, () => {
    const walks = randomPaths(side.game as never, count, Number(WALK_DEPTH), Number(WALK_SEED));
    for (const [index, acts] of (walks as string[][]).entries()) {
      it(`${index + 1}: ${acts.join(' → ')}`, async () => {
        const options = { bytes: 'raw', redact: false, keep: 256 << 20 } as const;
        const journal = await recorded(temporary.file(), options, () => side.run(http, acts));
        expect(await verdictsOf(journal)).toEqual([]);
        expect(await verdictsInParts(journal)).toEqual([]);
      });
    }
  });
}

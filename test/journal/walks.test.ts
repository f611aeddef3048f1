/** Random walks, recorded and replayed: all that JOURNAL=all asks for, otherwise a few. */
import { afterAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { replay } from '../../src/journal/index.js';
import { clientSides } from '../walks/client/side.js';
import { randomPaths } from '../walks/kit/paths.js';
import { serverSides } from '../walks/server/side.js';
import { folder, recorded } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

const { JOURNAL, WALK_DEPTH = 7, WALK_SEED = 5 } = process.env;
const COUNT = Number(process.env['WALK_COUNT'] ?? (JOURNAL === 'all' ? 1000 : 12));

async function verdictsOf(run: () => Promise<unknown>): Promise<string[]> {
  const journal = await recorded(temporary.file(), { bytes: 'raw', redact: false }, run);
  const found: string[] = [];
  for (const connection of journal.connections()) {
    if (connection.gap !== undefined) found.push(connection.gap);
    else {
      const verdict = await replay(connection);
      if (!verdict.same) found.push(verdict.explain());
    }
  }
  return found;
}

for (const [name, side] of [
  ...Object.entries(clientSides),
  ...serverSides.filter(({ isSlow }) => !isSlow).map((each) => [each.name, each] as const),
]) {
  describe(name, () => {
    for (const [index, acts] of randomPaths(
      side.game as never,
      COUNT,
      Number(WALK_DEPTH),
      Number(WALK_SEED),
    ).entries()) {
      it(`${index + 1}: ${(acts as string[]).join(' → ')}`, async () => {
        expect(await verdictsOf(() => side.run(http.default ?? http, acts as string[]))).toEqual([]);
      });
    }
  });
}

/** `npm run test:walk -- --depth 12 --seed 7 --count 2000`: walks at random, of so many acts each. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    depth: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '500' },
  },
});
const { depth: WALK_DEPTH, seed: WALK_SEED, count: WALK_COUNT } = values;
const { status } = spawnSync('npx', ['vitest', 'run', 'test/walks/random.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, WALK_DEPTH, WALK_SEED, WALK_COUNT },
});
process.exit(status ?? 1);

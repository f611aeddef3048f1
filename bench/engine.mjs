/**
 * Measures transitions and the creation of actors, in compiled charts and in XState's own interpreter.
 *
 *     node bench/engine.mjs [rounds]
 *
 * Prints nanoseconds per operation, the best of the rounds (default 5).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const rounds = Number(process.argv[2] ?? 5);

async function bundle() {
  const directory = await mkdtemp(join(root, 'node_modules/.bench-'));
  try {
    const outfile = join(directory, 'engine.mjs');
    await build({
      entryPoints: [join(root, 'bench/engine.entry.ts')],
      bundle: true,
      external: ['xstate'],
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outfile,
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Nanoseconds per operation of `run(times)`, the best of the rounds. */
function measure(run, times) {
  run(times);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begin = process.hrtime.bigint();
    run(times);
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / times);
  }
  return best;
}

const { scenarios } = await bundle();
// All scenarios run once first: code that has seen only one chart would be too fast.
for (const { compiled, xstate } of scenarios) {
  compiled(100_000);
  xstate(1_000);
}
const rows = scenarios.map(({ name, compiled, xstate }) => {
  const [fast, slow] = [measure(compiled, 2_000_000), measure(xstate, 20_000)];
  return {
    operation: name,
    'compiled, ns': fast.toFixed(0),
    'XState, ns': slow.toFixed(0),
    ratio: (slow / fast).toFixed(0),
  };
});
console.table(rows);

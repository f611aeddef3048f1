/**
 * Changes the machines, and counts the changes that the proofs of test/machines catch: `node scripts/mutate.mjs` writes
 * docs/mutation.md. With names of machines it only prints the results of their mutants. It fails if one survives.
 * It uses every core: all machines take some 80 minutes of CPU.
 */
import { on } from 'node:events';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { load, root } from './load.mjs';

const { allMutantsOf, complaintsAbout, countsOf, machines, PAGE, pageOf } = await load('scripts/mutate/all.ts');
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in machines));
if (unknown.length > 0)
  throw new Error(`Unknown machine ${unknown.join(', ')}. The machines are: ${Object.keys(machines).join(', ')}`);

const names = wanted.length > 0 ? wanted : Object.keys(machines);
const count = availableParallelism();
const shares = Array.from({ length: count }, (_, first) => {
  const worker = new Worker(new URL('./mutate/worker.mjs', import.meta.url), { workerData: { names, first, count } });
  return on(worker, 'message', { close: ['exit'] });
});

const judgements = {};
for (const name of names) {
  const verdicts = await Promise.all(shares.map(async (share) => (await share.next()).value[0]));
  const judged = allMutantsOf(name).map((mutant, index) => ({
    mutant,
    verdict: verdicts[index % count][Math.floor(index / count)],
  }));
  judgements[name] = judged;
  const [caught, equivalent, unreached, survived] = countsOf(judged);
  console.log(
    `${name}: ${judged.length} mutants, ${caught} caught, ${equivalent} equivalent, ${unreached} unreached, ${survived} survived`,
  );
  for (const complaint of complaintsAbout(name, judged)) {
    console.error(complaint);
    process.exitCode = 1;
  }
}
if (wanted.length === 0) writeFileSync(join(root, PAGE), pageOf(judgements));

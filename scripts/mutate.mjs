/**
 * Changes the machines, and counts the changes that the proofs of test/machines catch: `node scripts/mutate.mjs` writes
 * docs/mutation.md. With names of machines it only prints the results of their mutants. It fails if one survives.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, root } from './load.mjs';

const { complaintsAbout, countsOf, judgeAll, machines, PAGE, pageOf } = await load('scripts/mutate/all.ts');
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in machines));
if (unknown.length > 0)
  throw new Error(`Unknown machine ${unknown.join(', ')}. The machines are: ${Object.keys(machines).join(', ')}`);

const judgements = {};
for (const name of wanted.length > 0 ? wanted : Object.keys(machines)) {
  const begun = performance.now();
  const judged = judgeAll(name);
  judgements[name] = judged;
  const [caught, equivalent, unreached, survived] = countsOf(judged);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(
    `${name}: ${judged.length} mutants, ${caught} caught, ${equivalent} equivalent, ${unreached} unreached, ${survived} survived (${seconds} s)`,
  );
  for (const complaint of complaintsAbout(name, judged)) {
    console.error(complaint);
    process.exitCode = 1;
  }
}
if (wanted.length === 0) writeFileSync(join(root, PAGE), pageOf(judgements));

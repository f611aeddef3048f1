import { it } from 'vitest';
import { everyFault } from '../../../src/testing/index.js';
import { clientDefects, correct, defects } from './planted.js';

const only = process.env.ONLY ?? '';
for (const { name, options, finds } of [...correct, ...defects, ...clientDefects]) {
  if (!name.includes(only)) continue;
  it(name, async () => {
    const t = performance.now();
    const report = await everyFault({ ...options, limit: { runs: Number(process.env.RUNS ?? 400) } });
    const ms = performance.now() - t;
    console.log(`=== ${name} ${ms.toFixed(0)} ms\n${process.env.V ? String(report) : [...report.findings.map((f) => `${f.verdict} ${f.text} [${f.fault}] x${f.times}\n    ${[...f.script,'|',...(f.upstream??[])].join(', ')}`), ...report.undecided.map((u) => `UNDECIDED ${u.text} x${u.times}`), ...report.notes, String(report).split('\n').at(-1)].join('\n')}\n expected: ${finds}`);
  }, 200_000);
}

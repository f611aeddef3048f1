/** `npm run bench:profile`: where the CPU time of a response goes, in statewire and in node:http. See bench/README.md. */
import { parseArgs } from 'node:util';
import { startWarm } from './contender.mjs';
import { parts } from './profiler.mjs';
import { sliceOf, withAll } from './rounds.mjs';
import { MIB, scenarioNamed, scenarios } from './scenarios.mjs';

const profiled = scenarios.filter(({ kind }) => kind === 'rate' || kind === 'client');

const help = `Usage: npm run bench:profile -- <scenario> [<scenario> …] [options]

  <scenario>     ${profiled.map(({ name }) => name).join(', ')}
  --seconds n    of profiling each side (4)
  --help         print this help`;

const impls = ['node', 'statewire'];

/** @returns {Promise<Record<string, number>[]>} µs per response of each part, by implementation */
function measure(scenario, seconds) {
  const numbers = scenario.size ? { size: 16 * MIB } : {};
  const starts = impls.map((impl) => () => startWarm(impl, scenario, numbers));
  return withAll(starts, async (contenders) => {
    const found = [];
    for (const contender of contenders) {
      await contender.begin();
      await contender.measured.order('beginProfile');
      const until = performance.now() + seconds * 1000;
      while (performance.now() < until) await contender.run(20 * sliceOf(scenario));
      const shares = await contender.measured.order('endProfile');
      const { cpu, responses } = await contender.end();
      found.push(Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, (share * cpu) / responses])));
    }
    return found;
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '4' }, help: { type: 'boolean' } },
});
if (values.help || positionals.length === 0) {
  console.log(help);
} else {
  const names = Object.keys(parts);
  const row = (cells) => `| ${cells.join(' | ')} |`;
  console.log(`Node ${process.version}: µs of CPU time per response, node:http / statewire\n`);
  console.log(row(['', ...names, 'all']));
  console.log(row(['---', ...names.map(() => '---:'), '---:']));
  for (const scenario of positionals.map(scenarioNamed)) {
    const found = await measure(scenario, Number(values.seconds));
    const all = found.map((each) => Object.values(each).reduce((sum, time) => sum + time, 0));
    const cells = names.map((name) => found.map((each) => each[name].toFixed(1)).join(' / '));
    console.log(row([scenario.title, ...cells, all.map((time) => time.toFixed(1)).join(' / ')]));
  }
}

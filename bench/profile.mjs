/** `npm run bench:profile`: where the CPU time of a response goes, in statewire and in node:http. See bench/README.md. */
import { parseArgs } from 'node:util';
import { startWarm } from './contender.mjs';
import { parts } from './profiler.mjs';
import { numbersOf, sliceOf, withAll } from './rounds.mjs';
import { rated, scenarioNamed } from './scenarios.mjs';

const help = `Usage: npm run bench:profile -- <scenario> [<scenario> …] [options]

  <scenario>     ${rated.map(({ name }) => name).join(', ')}
  --seconds n    of profiling each side (4)
  --help         print this help`;

const impls = ['node', 'statewire'];

/** @returns {Promise<{ work: number, shares: Record<string, number> }[]>} by implementation: µs per response, and the parts of it */
function measure(scenario, seconds) {
  const starts = impls.map((impl) => () => startWarm(impl, scenario, numbersOf(scenario)));
  return withAll(starts, async (contenders) => {
    const found = [];
    for (const contender of contenders) {
      await contender.begin();
      await contender.measured.order('beginProfile');
      const until = performance.now() + seconds * 1000;
      while (performance.now() < until) await contender.run(20 * sliceOf(scenario));
      const shares = await contender.measured.order('endProfile');
      const { cpu, responses } = await contender.end();
      found.push({ work: cpu / responses, shares });
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
    try {
      const found = await measure(scenario, Number(values.seconds));
      const cell = (timeOf) => found.map((each) => timeOf(each).toFixed(1)).join(' / ');
      const cells = names.map((name) => cell(({ work, shares }) => work * shares[name]));
      console.log(row([scenario.title, ...cells, cell(({ work }) => work)]));
    } catch (error) {
      console.log(`${scenario.title}: failed, ${error.message}`);
    }
  }
}

/** `npm run bench:pairs`: two builds of statewire, or a build and node:http, to a fraction of a percent. See bench/README.md. */
import { parseArgs } from 'node:util';
import { implementationOf } from './builds.mjs';
import { startWarm } from './contender.mjs';
import { block, numbersOf, sliceOf, withAll } from './rounds.mjs';
import { rated, scenarioNamed } from './scenarios.mjs';
import { mean, median, standardError } from './statistics.mjs';

const help = `Usage: npm run bench:pairs -- <scenario> [options]

  <scenario>     one of ${rated.map(({ name }) => name).join(', ')}
  --base b       what to compare with: node (node:http), the dist folder of another build, or a git ref, which is built (node);
                 with variables of the environment, if it needs some: statewire?STATEWIRE_HISTORY=0
  --a a          what to judge: the same choice, or statewire, the build of this folder (statewire)
  --pairs n      pairs of fresh processes (20)
  --seconds n    of measuring a pair (4)
  --help         print this help`;

/** For each contender, in ms. */
const blockLength = 100;

const work = ({ cpu, responses }) => cpu / responses;

/** @returns {Promise<{ a: number, base: number }[]>} µs of CPU time per response in each block, of two fresh processes */
async function measurePair(impls, scenario, seconds) {
  const names = Object.keys(impls);
  const starts = names.map((name) => () => startWarm(impls[name], scenario, numbersOf(scenario)));
  return withAll(starts, async (contenders) => {
    const works = [];
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      const costs = await block(contenders, { ms: blockLength, slice: sliceOf(scenario) });
      works.push(Object.fromEntries(names.map((name, index) => [name, work(costs[index])])));
    }
    return works;
  });
}

const medianOf = (works, name) => median(works.map((work) => work[name]));
const medianRatio = (works) => median(works.map(({ a, base }) => base / a));

async function compare(scenario, { a, base, pairs, seconds }) {
  console.log(`${scenario.title}, Node ${process.version}: CPU time per response, base / a; above 1, a uses less`);
  console.log(`a     ${a}\nbase  ${base}\n`);
  const ratios = [];
  for (let pair = 1; pair <= pairs; pair++) {
    // Neither is always the first to start.
    const works = await measurePair(pair % 2 ? { a, base } : { base, a }, scenario, seconds);
    ratios.push(medianRatio(works));
    const shown = ['a', 'base'].map((name) => medianOf(works, name).toFixed(2)).join(' and ');
    console.log(`pair ${pair}: ${ratios.at(-1).toFixed(4)}  ${shown} µs, ${works.length} blocks`);
  }
  console.log(`\nmedian of the pairs  ${median(ratios).toFixed(4)}`);
  console.log(`mean of the pairs    ${mean(ratios).toFixed(4)} ± ${standardError(ratios).toFixed(4)} (standard error)`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    a: { type: 'string', default: 'statewire' },
    base: { type: 'string', default: 'node' },
    pairs: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '4' },
    help: { type: 'boolean' },
  },
});
if (values.help || positionals.length === 0) {
  console.log(help);
} else {
  await compare(scenarioNamed(positionals[0]), {
    a: implementationOf(values.a),
    base: implementationOf(values.base),
    pairs: Number(values.pairs),
    seconds: Number(values.seconds),
  });
}

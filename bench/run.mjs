/** `npm run bench`: statewire relative to node:http in the same run. See bench/README.md. */
import { parseArgs } from 'node:util';
import { measure, measureRegister, measureStartUp } from './measure.mjs';
import { scenarios } from './scenarios.mjs';
import { heading, legend, line, memoryLine, speedLine, startUpLine } from './table.mjs';
import { canPin, cores } from './worker.mjs';

const required = {
  name: 'startup',
  title: 'start-up by require, over node:http',
  kind: 'startUp',
  mark: { atMost: 15, unit: ' ms' },
};
const imported = {
  name: 'startup-import',
  title: 'start-up by import, over node:http',
  kind: 'startUp',
  mark: { atMost: 20, unit: ' ms' },
};
const register = {
  name: 'register',
  title: 'start-up with --import statewire/register, over plain node',
  kind: 'startUp',
  mark: { atMost: 25, unit: ' ms' },
};
const all = [...scenarios, required, imported, register];

const help = `Usage: npm run bench -- [options]

  --only a,b     a selection of ${all.map(({ name }) => name).join(', ')}
  --rounds n     measured rounds of each scenario, after a warm-up (5)
  --seconds n    duration of a round of the rates (1)
  --size n       MiB of an upload and a download (1024)
  --impl name    what to compare with node:http: statewire, or node itself to see the noise (statewire)
  --autocannon   measure the rates with autocannon
  --wrk          measure the rates with wrk, which must be installed
  --verbose      print the figures of each round
  --help         print this help`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '1' },
      size: { type: 'string', default: '1024' },
      impl: { type: 'string', default: 'statewire' },
      autocannon: { type: 'boolean' },
      wrk: { type: 'boolean' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const numbers = Object.fromEntries(['rounds', 'seconds', 'size'].map((name) => [name, positive(name, values[name])]));
  return { ...values, ...numbers, chosen: choose(values.only), tool: chooseTool(values) };
}

function positive(name, text) {
  if (!(Number(text) > 0)) throw new Error(`--${name} takes a positive number, not ${text}`);
  return Number(text);
}

function choose(only) {
  if (only === undefined) return all;
  return only.split(',').map((wanted) => {
    const found = all.find(({ name }) => name === wanted);
    if (found === undefined) throw new Error(`no such scenario: ${wanted}`);
    return found;
  });
}

function chooseTool({ autocannon, wrk }) {
  if (autocannon) return 'autocannon';
  return wrk ? 'wrk' : undefined;
}

/** Titles of the other implementations. */
const titles = { net: 'ceiling: net, no parsing', undici: 'undici.request' };

function takeOf(scenario, impls, options) {
  if (scenario === required) return measureStartUp(impls, options.rounds * 3, 'require');
  if (scenario === imported) return measureStartUp(impls, options.rounds * 3, 'import');
  if (scenario === register) return measureRegister(impls, options.rounds * 6);
  return measure(scenario, impls, options);
}

async function take(scenario, impls, options) {
  const figures = await takeOf(scenario, impls, options);
  if (options.verbose) for (const [index, rows] of figures.entries()) console.log(impls[index], rows);
  return figures;
}

async function linesOf(scenario, options) {
  const { title, kind, mark, beside } = scenario;
  const impls = ['node', options.impl, ...(beside ? [beside] : [])];
  const [node, subject, third] = await take(scenario, impls, options);
  if (kind === 'startUp') return [startUpLine(title, node, subject, mark)];
  if (kind === 'memory') {
    return ['heap', 'rss'].map((name) => memoryLine(`${title}, ${name} each`, name, node, subject, mark));
  }
  const lines = [speedLine(title, node, subject, mark)];
  if (beside) lines.push(speedLine(`  ${titles[beside]}`, node, third));
  return lines;
}

async function run(options) {
  const { impl, rounds, seconds, size, tool } = options;
  const placed = canPin ? `the server on core ${cores.server}, the load on core ${cores.load}` : 'not pinned to cores';
  const terms = `${rounds} rounds, ${seconds} s each for rates, ${size} MiB for transfers`;
  console.log(`${impl} / node:http, Node ${process.version}; ${terms}; ${placed}; load: ${tool ?? 'raw sockets'}\n`);
  console.log(heading);
  for (const scenario of options.chosen) {
    if (tool !== undefined && (scenario.churn || scenario.kind === 'client')) {
      console.log(line([scenario.title, 'not measured with this tool']));
      continue;
    }
    try {
      for (const text of await linesOf(scenario, options)) console.log(text);
    } catch (error) {
      console.log(`${scenario.title}: failed, ${error.message}`);
    }
  }
  console.log(`\n${legend}`);
}

try {
  const options = readOptions();
  if (options.help) console.log(help);
  else await run(options);
} catch (error) {
  console.log(`${error.message}\n\n${help}`);
}

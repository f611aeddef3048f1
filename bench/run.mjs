/** `npm run bench`: statewire relative to node:http in the same run. See bench/README.md. */
import { parseArgs } from 'node:util';
import { linesOf, worstLatency } from './lines.mjs';
import { measureMemory } from './memory.mjs';
import { measureRates } from './rates.mjs';
import { scenarioNamed, scenarios } from './scenarios.mjs';
import { measureStart } from './startup.mjs';
import { heading, legend, line } from './table.mjs';
import { canPin, cores } from './worker.mjs';

const help = `Usage: npm run bench -- [options]

  --only a,b     a selection of ${scenarios.map(({ name }) => name).join(', ')}
  --rounds n     measured rounds of each scenario (5)
  --seconds n    of measuring each side in a round of the rates (1)
  --size n       MiB of an upload and a download (1024)
  --impl name    what to compare with node:http: statewire, or node itself to see the noise (statewire)
  --autocannon   make the load with autocannon
  --wrk          make the load with wrk, which must be installed
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
  const chosen = values.only === undefined ? scenarios : values.only.split(',').map(scenarioNamed);
  return { ...values, ...numbers, chosen, tool: chooseTool(values) };
}

function positive(name, text) {
  if (!(Number(text) > 0)) throw new Error(`--${name} takes a positive number, not ${text}`);
  return Number(text);
}

function chooseTool({ autocannon, wrk }) {
  if (autocannon) return 'autocannon';
  return wrk ? 'wrk' : undefined;
}

const measures = { rate: measureRates, client: measureRates, memory: measureMemory, start: measureStart };

/** What the tools can't make: they keep connections, send bodies from memory, trust no certificate of ours, and are no servers. */
const needsOurLoad = ({ kind, churn, size, secure }) => kind !== 'rate' || churn || size || secure;

async function run(options) {
  const { impl, rounds, seconds, size, tool, chosen, verbose } = options;
  const placed = canPin ? `the server on core ${cores.server}, the load on core ${cores.load}` : 'not pinned to cores';
  const terms = `${rounds} rounds, ${seconds} s each for rates, ${size} MiB for transfers`;
  console.log(`${impl} / node:http, Node ${process.version}; ${terms}; ${placed}; load: ${tool ?? 'raw sockets'}\n`);
  console.log(heading);
  const latencies = [];
  for (const scenario of chosen) {
    const { title, kind, beside = [] } = scenario;
    if (tool && needsOurLoad(scenario)) {
      console.log(line([title, 'not measured with this tool']));
      continue;
    }
    try {
      const impls = ['node', impl, ...beside];
      const measured = await measures[kind](impls, scenario, options);
      if (verbose) console.dir(measured, { depth: null });
      const { lines, p99, refusal } = linesOf[kind](scenario, impls, measured);
      for (const text of lines) console.log(text);
      if (Number.isFinite(p99)) latencies.push({ title, p99, refusal });
    } catch (error) {
      console.log(`${title}: failed, ${error.message}`);
    }
  }
  if (latencies.length > 0) console.log(worstLatency(latencies));
  console.log(`\n${legend}`);
}

try {
  const options = readOptions();
  if (options.help) console.log(help);
  else await run(options);
} catch (error) {
  console.log(`${error.message}\n\n${help}`);
}

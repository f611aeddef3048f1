/** `npm run bench:curves`: how the cost of a response, or of a byte, depends on how many there are. See bench/README.md. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawCurves } from './drawing.mjs';
import { takeRound } from './rates.mjs';
import { GIB, KIB, MIB, scenarioNamed } from './scenarios.mjs';
import { median } from './statistics.mjs';
import { canPin } from './worker.mjs';

/** Descriptors that a process has besides its connections, with room to spare. */
const otherDescriptors = 100;

const sizes = [KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB, GIB];

/** `numbersOf` makes the scenario's numbers of a point, `unitsOf` is how many units a response has there. */
const curves = [
  {
    title: 'per response, by connections',
    scenario: 'hello',
    points: [10, 30, 100, 300, 1000, 3000, 10_000],
    numbersOf: (connections) => ({ connections }),
    unitsOf: () => 1,
  },
  {
    title: 'per byte, by size of a download',
    scenario: 'download',
    points: sizes,
    numbersOf: (size) => ({ size, connections: 1 }),
    unitsOf: (size) => size,
  },
  {
    title: 'per byte, by size of an upload',
    scenario: 'upload',
    points: sizes,
    numbersOf: (size) => ({ size, connections: 1 }),
    unitsOf: (size) => size,
  },
  {
    title: 'per response, by pipelined requests',
    scenario: 'pipeline',
    points: [1, 2, 4, 8, 16, 32, 64],
    numbersOf: (depth) => ({ depth }),
    unitsOf: () => 1,
  },
];

const impls = ['node', 'statewire'];

/** @returns {string | undefined} why a point can't be measured here */
function obstacleTo({ connections = 0 }) {
  const limit = process.report.getReport().userLimits?.open_files.soft;
  if (!(connections + otherDescriptors > limit)) return undefined; // It may be 'unlimited', or unknown.
  return `skipped, a process may open ${limit} files here: raise it with ulimit -n`;
}

/** @returns {Promise<number[]>} µs of CPU time per unit, by implementation: the medians of the rounds */
async function measurePoint({ scenario, numbersOf, unitsOf }, point, { rounds, seconds }) {
  const works = impls.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const { figures } = await takeRound(impls, scenarioNamed(scenario), { ms: seconds * 1000 }, numbersOf(point));
    for (const [index, { work }] of figures.entries()) works[index].push(work / unitsOf(point));
  }
  return works.map(median);
}

/** @returns {string} 1,000 or 64 KiB */
function labelOf(point, isSize) {
  if (!isSize) return point.toLocaleString('en');
  const [unit, name] = [
    [GIB, 'GiB'],
    [MIB, 'MiB'],
    [KIB, 'KiB'],
  ].find(([unit]) => point >= unit);
  return `${point / unit} ${name}`;
}

/** @returns {Promise<{ title: string, points: { label: string, ratio: number, costs: number[] }[] }>} costs relative to the first */
async function measureCurve(curve, options) {
  console.log(`\nCPU time ${curve.title}\n`);
  const points = [];
  let first;
  for (const point of curve.points) {
    const numbers = curve.numbersOf(point);
    const label = labelOf(point, 'size' in numbers);
    const obstacle = obstacleTo(numbers);
    if (obstacle) {
      console.log(`${label.padStart(10)}  ${obstacle}`);
      continue;
    }
    const works = await measurePoint(curve, point, options);
    first ??= works;
    const costs = works.map((work, index) => work / first[index]);
    const ratio = works[0] / works[1];
    points.push({ label, ratio, costs });
    const [node, statewire] = costs.map((cost) => cost.toPrecision(3).padStart(8));
    console.log(`${label.padStart(10)}  ${ratio.toFixed(2)}x   node:http${node}   statewire${statewire}`);
  }
  return { title: curve.title, points };
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '1' } },
});
const options = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const terms = `Node ${process.version}, ${options.rounds} rounds${canPin ? '' : ', not pinned to cores'}`;
console.log(`${terms}: node:http / statewire; then the cost of each relative to its first point`);
const measured = [];
for (const curve of curves) measured.push(await measureCurve(curve, options));
const file = fileURLToPath(new URL('curves.svg', import.meta.url));
writeFileSync(file, drawCurves(measured, terms));
console.log(`\ndrawn in ${file}`);

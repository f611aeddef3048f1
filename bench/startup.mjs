/** What it takes to load statewire, in new processes. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { registerFlags } from './implementations.mjs';
import { inTurns } from './rounds.mjs';
import { cores, pinned } from './worker.mjs';

/** How a process loads a module: the flags with which it runs code, and the code. */
const ways = {
  require: { flags: [], load: (path) => `require(${JSON.stringify(path)})` },
  import: { flags: ['--input-type=module'], load: (path) => `await import(${JSON.stringify(path)})` },
};

/**
 * Loading statewire, and loading node:http. The latter is loaded without `import`, which reads all its exports, and so its lazy
 * globals from Node 22 on, in some 60 ms.
 */
function measureLoading(impls, rounds, way) {
  const { flags, load } = ways[way];
  const entry = new URL(`../dist/index.${way === 'require' ? 'cjs' : 'mjs'}`, import.meta.url);
  const loads = { node: "process.getBuiltinModule('node:http')", statewire: load(fileURLToPath(entry)) };
  return inTurns(impls.length, rounds, (index) => {
    const code = `const start = performance.now(), before = process.cpuUsage();
      ${loads[impls[index]]};
      const time = performance.now() - start, { user, system } = process.cpuUsage(before);
      console.log(JSON.stringify({ time, work: (user + system) / 1000 }));`;
    return JSON.parse(execFileSync(...pinned(cores.server, [...flags, '-e', code]), { encoding: 'utf8' }));
  });
}

/** From start to exit of a process that does nothing. */
function measureRegister(impls, rounds) {
  return inTurns(impls.length, rounds, (index) => {
    const start = performance.now();
    execFileSync(...pinned(cores.server, [...registerFlags(impls[index]), '-e', '']));
    return { time: performance.now() - start };
  });
}

/** @returns {Promise<{ time: number, work?: number }[][]>} ms by the clock and of CPU time in each round, by implementation */
export const measureStart = (impls, { way }, { rounds }) =>
  way === 'register' ? measureRegister(impls, rounds * 6) : measureLoading(impls, rounds * 3, way);

/** Rates, transfers and clients: what a response costs, by contender, in rounds of fresh processes. */

import { startWarm } from './contender.mjs';
import { controlled, startControl } from './control.mjs';
import { block, sliceOf, withAll } from './rounds.mjs';
import { GIB, MIB } from './scenarios.mjs';

/** @returns the figures of a contender's costs; `size` is that of the body, if the scenario is a transfer */
function figuresOf({ cpu, wall, gc, faults, bytes, responses, p99, oppositeCpu }, size) {
  const transferred = responses * size;
  return {
    work: cpu / responses,
    speed: responses / wall,
    p99,
    busy: cpu / wall,
    oppositeBusy: oppositeCpu / wall,
    gc: gc / cpu,
    faults: size ? (faults / transferred) * GIB : (faults / responses) * 1000,
    bytes: bytes / (size ? transferred / MIB : responses),
    perCpuSecond: size ? transferred / MIB / (cpu / 1e6) : undefined,
  };
}

/**
 * Each round has new processes, warmed up: compilation and memory layout of a process are partly random, and one process would
 * have the same luck in all rounds.
 *
 * @param numbers those of the scenario that are others
 * @returns {Promise<{ figures: object[] }>} by contender
 */
export function takeRound(impls, scenario, { ms, tool }, numbers) {
  const { size } = { ...scenario, ...numbers };
  const slice = tool ? ms / 2 : sliceOf(scenario);
  const starts = impls.map((impl) => () => startWarm(impl, scenario, numbers));
  return withAll(starts, async (contenders) => {
    const costs = await block(contenders, { ms, slice, tool });
    return { figures: costs.map((cost) => figuresOf(cost, size)) };
  });
}

/** @returns {Promise<{ figures: object[], control: number }[]>} */
export function measureRates(impls, scenario, { rounds, seconds, tool, size }) {
  const numbers = scenario.size ? { size: (size * MIB) / scenario.connections } : {};
  return withAll([startControl], async ([control]) => {
    const taken = [];
    for (let round = 0; round < rounds; round++) {
      const take = () => takeRound(impls, scenario, { ms: seconds * 1000, tool }, numbers);
      taken.push(await controlled(control, take));
    }
    return taken;
  });
}

/**
 * The control: a server that reads nothing, whose code never changes. When it costs another CPU time than in the other rounds, the
 * machine was another one, so to speak, and the round doesn't count.
 */
import { startWarm } from './contender.mjs';
import { block } from './rounds.mjs';
import { scenarioNamed } from './scenarios.mjs';
import { mean, median } from './statistics.mjs';

const tolerance = 0.1;
const fewest = 3;

/** @returns {boolean[]} whether the control of each round is like those of the others */
export function likeTheOthers(controls) {
  return controls.map((control, round) => {
    const others = controls.toSpliced(round, 1);
    return others.length > 0 && Math.abs(control / median(others) - 1) <= tolerance;
  });
}

/**
 * @template {{ control: number }} Round
 * @param {Round[]} rounds
 * @returns {{ shown: Round[], count: number, refusal?: string }} how many rounds count, and those whose figures are shown: these,
 *   or all of them if they are too few for a verdict
 */
export function countable(rounds) {
  const alike = likeTheOthers(rounds.map(({ control }) => control));
  const counted = rounds.filter((_round, index) => alike[index]);
  const count = counted.length;
  if (count >= fewest) return { shown: counted, count };
  return {
    shown: rounds,
    count,
    refusal: `no verdict: ${count} of ${rounds.length} rounds count, and it takes ${fewest}`,
  };
}

export const startControl = () => startWarm('net', scenarioNamed('hello'), { connections: 20 });

/** Takes a round between two measurements of the control. @returns {Promise<object>} the round, with its control */
export async function controlled(control, take) {
  const work = async () => {
    const [{ cpu, responses }] = await block([control], { ms: 200, slice: 20 });
    return cpu / responses;
  };
  const before = await work();
  const round = await take();
  return { ...round, control: mean([before, await work()]) };
}

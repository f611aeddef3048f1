/** Judges the mutants of a machine. */
import { machines } from '../../src/machines/index.js';
import { type Mutant, mutantsOf } from './mutants.js';
import { Judge, type Verdict } from './verdict.js';

export { machines } from '../../src/machines/index.js';
export { complaintsAbout, countsOf, PAGE, pageOf } from './report.js';

export const allMutantsOf = (name: string): Mutant[] => mutantsOf(machines[name]!);

/** The verdicts of every `count`th mutant, beginning with the mutant at `first`. */
export function verdictsOf(name: string, first: number, count: number): Verdict[] {
  const judge = new Judge(name);
  return allMutantsOf(name)
    .filter((_, index) => index % count === first)
    .map((mutant) => judge.judge(mutant));
}

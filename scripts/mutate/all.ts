/** Judges all mutants of a machine. */
import { machines } from '../../src/machines/index.js';
import { mutantsOf } from './mutants.js';
import type { Judged } from './report.js';
import { Judge } from './verdict.js';

export { machines } from '../../src/machines/index.js';
export { complaintsAbout, countsOf, PAGE, pageOf } from './report.js';

export function judgeAll(name: string): Judged[] {
  const judge = new Judge(name);
  return mutantsOf(machines[name]!).map((mutant) => ({ mutant, verdict: judge.judge(mutant) }));
}

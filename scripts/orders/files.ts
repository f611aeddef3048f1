/** The generated files: two pictures for each documented order, and for the host's where that is another, and the page. */
import type { Scenario } from '../../src/testing/contract/scenario.js';
import { mermaid } from './mermaid.js';
import { page } from './page.js';
import { play, type Run, type Runs } from './play.js';
import { chapters, documented, numberOf } from './scenarios.js';
import { sequenceOf } from './sequence.js';
import { svg } from './svg.js';

/** The folder of the pictures, and the page. */
export const FOLDER = 'diagrams/orders';
export const PAGE = 'docs/event-order.md';

/** Plays and records all scenarios of the page. */
export async function record(): Promise<ReadonlyMap<Scenario, Runs>> {
  const runs = new Map<Scenario, Runs>();
  for (const scenario of chapters.flatMap(({ scenarios }) => scenarios)) {
    const documented = await play(scenario, 'documented');
    const hasOther = scenario.hostOrder !== undefined;
    runs.set(scenario, hasOther ? { documented, host: await play(scenario, 'host') } : { documented });
  }
  return runs;
}

/** The contents of the files, by path from the project's root. */
export function orderFiles(runs: ReadonlyMap<Scenario, Runs>): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const run of documented.flatMap((scenario) => Object.values(runs.get(scenario)!) as Run[])) {
    const sequence = sequenceOf(run);
    files.set(`${FOLDER}/${nameOf(run)}.mmd`, mermaid(sequence));
    files.set(`${FOLDER}/${nameOf(run)}.svg`, svg(sequence));
  }
  const pictureOf = (run: Run) => (documented.includes(run.scenario) ? `../${FOLDER}/${nameOf(run)}.svg` : undefined);
  return files.set(PAGE, page(chapters, runs, pictureOf));
}

/** `04-premature-close-after-the-response`, and `-on-the-host` for the host's order. */
export function nameOf({ scenario, order }: Pick<Run, 'scenario' | 'order'>): string {
  const words = scenario.name.toLowerCase().match(/[a-z]+/g)!;
  const ending = order === scenario.order ? [] : ['on', 'the', 'host'];
  return [String(numberOf(scenario)).padStart(2, '0'), ...words, ...ending].join('-');
}

/**
 * The generated files: two pictures for each documented order, and for the host's where that is another, two for each order of a
 * server, and the page.
 */
import type { Scenario } from '../../src/testing/contract/scenario.js';
import { mermaid } from './mermaid.js';
import { page } from './page.js';
import { play, type Run, type Runs } from './play.js';
import { chapters, documented, numberOf, served } from './scenarios.js';
import { sequenceOf } from './sequence.js';
import { svg } from './svg.js';

/** The folder of the pictures, and the page. */
export const FOLDER = 'diagrams/orders';
export const PAGE = 'docs/event-order.md';

/** The scenarios that have pictures. */
export const pictured: readonly Scenario[] = [...documented, ...served];

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
  for (const run of pictured.flatMap((scenario) => Object.values(runs.get(scenario)!) as Run[])) {
    const sequence = sequenceOf(run);
    files.set(`${FOLDER}/${nameOf(run)}.mmd`, mermaid(sequence));
    files.set(`${FOLDER}/${nameOf(run)}.svg`, svg(sequence));
  }
  const pictureOf = (run: Run) => (pictured.includes(run.scenario) ? `../${FOLDER}/${nameOf(run)}.svg` : undefined);
  return files.set(PAGE, page(chapters, runs, pictureOf));
}

/** `04-premature-close-after-the-response`, and `-on-the-host` for the host's order; `server-…` for an order of a server. */
export function nameOf({ scenario, order }: Pick<Run, 'scenario' | 'order'>): string {
  const words = scenario.name.toLowerCase().match(/[a-z]+/g)!;
  const ending = order === scenario.order ? [] : ['on', 'the', 'host'];
  const number = numberOf(scenario);
  return [number === undefined ? scenario.side : String(number).padStart(2, '0'), ...words, ...ending].join('-');
}

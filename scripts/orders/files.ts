/** The generated files: two pictures for each documented order, and the page. */
import type { Scenario } from '../../src/testing/contract/scenario.js';
import { mermaid } from './mermaid.js';
import { page } from './page.js';
import { play, type Run } from './play.js';
import { chapters, documented, numberOf } from './scenarios.js';
import { sequenceOf } from './sequence.js';
import { svg } from './svg.js';

/** The folder of the pictures, and the page. */
export const FOLDER = 'diagrams/orders';
export const PAGE = 'docs/event-order.md';

/** Plays and records all scenarios of the page. */
export async function record(): Promise<ReadonlyMap<Scenario, Run>> {
  const runs = new Map<Scenario, Run>();
  for (const { scenarios } of chapters) for (const scenario of scenarios) runs.set(scenario, await play(scenario));
  return runs;
}

/** The contents of the files, by path from the project's root. */
export function orderFiles(runs: ReadonlyMap<Scenario, Run>): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const scenario of documented) {
    const sequence = sequenceOf(runs.get(scenario)!);
    files.set(`${FOLDER}/${nameOf(scenario)}.mmd`, mermaid(sequence));
    files.set(`${FOLDER}/${nameOf(scenario)}.svg`, svg(sequence));
  }
  const pictureOf = (scenario: Scenario) =>
    documented.includes(scenario) ? `../${FOLDER}/${nameOf(scenario)}.svg` : undefined;
  return files.set(PAGE, page(chapters, runs, pictureOf));
}

/** `04-premature-close-after-the-response` */
export function nameOf(scenario: Scenario): string {
  const words = scenario.name.toLowerCase().match(/[a-z]+/g)!;
  return [String(numberOf(scenario)).padStart(2, '0'), ...words].join('-');
}

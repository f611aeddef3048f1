/** The folder `diagrams/`: three files for each machine, and a page with all of them; in `docs/`, how they meet. */
import { machines } from '../../src/machines/index.js';
import { alphabets } from '../../test/machines/alphabet.js';
import { statesOf, transitionsOf } from './chart.js';
import { pictureOf } from './compose.js';
import { emissionsOf } from './emissions.js';
import { sceneOf } from './fit.js';
import { fitPage } from './fit-page.js';
import { recordGet } from './get.js';
import { layOut, type Setting } from './layout.js';
import { mermaid } from './mermaid.js';
import { outline } from './outline.js';
import { page } from './page.js';
import type { Picture } from './picture.js';
import { regionsOf, type Scene } from './scene.js';
import { type Settings, scenesOf, settle, settleWhole } from './search.js';
import { states } from './states.js';
import { type Row, svg } from './svg.js';

/** By machine name. */
export type Pictures = ReadonlyMap<string, Picture>;

export function pictures(): Pictures {
  return new Map(
    Object.entries(machines).map(([name, machine]) => {
      const alphabet = alphabets[name];
      if (alphabet === undefined) throw new Error(`test/machines/alphabet.ts has no alphabet for ${name}`);
      return [name, pictureOf(machine, emissionsOf(machine, alphabet))];
    }),
  );
}

/** Elsewhere: how the machines meet, a drawing and the page that shows it; and the types of their states. */
export const FIT = {
  drawing: '../docs/how-it-fits.svg',
  page: '../docs/how-it-fits.md',
  states: '../src/events/states.ts',
} as const;

/** The contents of the files, by name relative to the folder. */
export async function diagramFiles(drawn: Pictures, settings: Settings): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [name, picture] of drawn) {
    files.set(`${name}.mmd`, mermaid(picture));
    files.set(`${name}.svg`, svg(picture.root, await rowsOf(picture, settings)));
    files.set(`${name}.txt`, outline(picture));
  }
  const counts = Object.entries(machines).map(([name, machine]): [string, number] => [
    name,
    statesOf(machine).flatMap(transitionsOf).length,
  ]);
  files.set('README.md', page(drawn, new Map(counts)));
  const fit = await fitRow(drawn, settings);
  files.set(FIT.drawing, svg(fit.state, [fit]));
  files.set(FIT.page, fitPage(drawn, await recordGet()));
  files.set(FIT.states, states(machines));
  return files;
}

/** Settings for all that is drawn: the existing ones, and new ones for regions that they make unreadable. */
export async function refreshed(drawn: Pictures, settings: Settings): Promise<Settings> {
  const found: Record<string, Setting> = {};
  for (const picture of drawn.values()) {
    for (const region of regionsOf(picture)) Object.assign(found, await settle(region, settings));
  }
  return Object.assign(found, await settleWhole(sceneOf(drawn), settings));
}

/** @throws if a scene has no setting */
export async function rowsOf(picture: Picture, settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scene of regionsOf(picture).flatMap((region) => scenesOf(region, settings))) {
    rows.push(await rowOf(scene, settings));
  }
  return rows;
}

/** How the machines meet. @throws when it has no setting */
export function fitRow(drawn: Pictures, settings: Settings): Promise<Row> {
  return rowOf(sceneOf(drawn), settings);
}

async function rowOf(scene: Scene, settings: Settings): Promise<Row> {
  const { state } = scene;
  const setting = settings[state.id];
  if (setting === undefined) throw new Error(`${state.id} has not been laid out: npm run diagrams`);
  return { state, layout: await layOut(scene, setting) };
}

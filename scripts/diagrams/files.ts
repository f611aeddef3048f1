/** The folder `diagrams/`: three files for each machine, and a page with all of them. */
import { machines } from '../../src/machines/index.js';
import { alphabets } from '../../test/machines/alphabet.js';
import { statesOf, transitionsOf } from './chart.js';
import { pictureOf } from './compose.js';
import { emissionsOf } from './emissions.js';
import { layOut, type Setting } from './layout.js';
import { mermaid } from './mermaid.js';
import { outline } from './outline.js';
import { page } from './page.js';
import type { Picture } from './picture.js';
import { regionsOf } from './scene.js';
import { type Settings, scenesOf, settle } from './search.js';
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

/** The contents of the files, by name. */
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
  return files;
}

/** Settings for all that is drawn: the existing ones, and new ones for regions that they make unreadable. */
export async function refreshed(drawn: Pictures, settings: Settings): Promise<Settings> {
  const found: Record<string, Setting> = {};
  for (const picture of drawn.values()) {
    for (const region of regionsOf(picture)) Object.assign(found, await settle(region, settings));
  }
  return found;
}

/** @throws if a scene has no setting */
export async function rowsOf(picture: Picture, settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scene of regionsOf(picture).flatMap((region) => scenesOf(region, settings))) {
    const { state } = scene;
    const setting = settings[state.id];
    if (setting === undefined) throw new Error(`${state.id} has not been laid out: npm run diagrams`);
    rows.push({ state, layout: await layOut(scene, setting) });
  }
  return rows;
}

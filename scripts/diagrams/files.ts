/**
 * The folder `diagrams/`: a picture of each region, a text and a Mermaid diagram of each machine, a page with all of them, one to
 * look around in, and what the command `statewire` draws from; in `docs/`, how they meet.
 */

import { type Drawings, type DrawnMachine, type DrawnScene, rowsOf, scenesOf } from '../../src/cli/drawing/drawings.js';
import { layoutOf } from '../../src/cli/drawing/graph.js';
import { mermaid } from '../../src/cli/drawing/mermaid.js';
import { outline } from '../../src/cli/drawing/outline.js';
import type { Picture, State } from '../../src/cli/drawing/picture.js';
import { regionsOf, type Scene } from '../../src/cli/drawing/scene.js';
import { type Row, svg } from '../../src/cli/drawing/svg.js';
import { machines } from '../../src/machines/index.js';
import { alphabets } from '../../test/machines/alphabet.js';
import { statesOf, transitionsOf } from './chart.js';
import { pictureOf } from './compose.js';
import { emissionsOf } from './emissions.js';
import { sceneOf } from './fit.js';
import { fitPage } from './fit-page.js';
import { recordGet } from './get.js';
import { place, type Setting } from './layout.js';
import { lookPage } from './look/index.js';
import { names } from './names.js';
import { page } from './page.js';
import { type Settings, settle, settleWhole } from './search.js';
import { states } from './states.js';

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

/** Elsewhere: how the machines meet, a drawing and the page that shows it; the types of their states, and the names of what they emit. */
export const FIT = {
  drawing: '../docs/how-it-fits.svg',
  page: '../docs/how-it-fits.md',
  states: '../src/events/states.ts',
  names: '../src/testing/emissions.ts',
} as const;

/** What `statewire diagrams` draws from. */
export const DATA = 'machines.json';

/** The contents of the files, by name relative to the folder. */
export async function diagramFiles(drawn: Pictures, settings: Settings): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const drawings: Record<string, DrawnMachine> = {};
  for (const [name, picture] of drawn) {
    files.set(`${name}.mmd`, mermaid(picture));
    files.set(`${name}.txt`, outline(picture));
    const machine = await drawnMachine(picture, settings);
    drawings[name] = machine;
    for (const region of regionsOf(picture)) files.set(`${region.state.id}.svg`, svg(rowsOf(region, machine)));
  }
  const counts = Object.entries(machines).map(([name, machine]): [string, number] => [
    name,
    statesOf(machine).flatMap(transitionsOf).length,
  ]);
  files.set('README.md', page(drawn, new Map(counts)));
  files.set(DATA, dataText(drawings));
  files.set('index.html', lookPage(drawings));
  files.set(FIT.drawing, svg([await fitRow(drawn, settings)]));
  files.set(FIT.page, fitPage(drawn, await recordGet()));
  files.set(FIT.states, states(machines));
  files.set(FIT.names, names(drawn));
  return files;
}

/** A line for each machine, without what `readDrawing` adds. */
function dataText(drawings: Drawings): string {
  const lines = Object.entries(drawings).map(
    ([name, { picture, scenes }]) => `${JSON.stringify(name)}:${JSON.stringify({ ...picture, scenes }, briefly)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

const LISTS = ['notes', 'states', 'initial', 'choices', 'outputs'];

function briefly(key: string, value: unknown): unknown {
  if (Array.isArray(value) && value.length === 0 && LISTS.includes(key)) return undefined;
  const isState = value instanceof Object && 'states' in value;
  if (!isState) return value;
  const { id: _, ...state } = value as State;
  return state.type === 'atomic' ? { ...state, type: undefined } : state;
}

/** Settings for all that is drawn: the existing ones, and new ones for regions that they make unreadable. */
export async function refreshed(drawn: Pictures, settings: Settings): Promise<Settings> {
  const found: Record<string, Setting> = {};
  for (const picture of drawn.values()) {
    for (const region of regionsOf(picture)) Object.assign(found, await settle(region, settings));
  }
  return Object.assign(found, await settleWhole(sceneOf(drawn), settings));
}

/** A machine, placed with these settings. @throws if one of its scenes has none */
export async function drawnMachine(picture: Picture, settings: Settings): Promise<DrawnMachine> {
  const scenes: Record<string, DrawnScene> = {};
  for (const scene of regionsOf(picture).flatMap((region) => scenesOf(region, settings))) {
    scenes[scene.state.id] = await drawnScene(scene, settings);
  }
  return { picture, scenes };
}

async function drawnScene(scene: Scene, settings: Settings): Promise<DrawnScene> {
  const setting = settings[scene.state.id];
  if (setting === undefined) throw new Error(`${scene.state.id} has not been laid out: npm run diagrams`);
  const { direction, label, state } = setting;
  return { lengths: { direction, label, state }, placed: await place(scene, setting) };
}

/** How the machines meet. @throws when it has no setting */
export async function fitRow(drawn: Pictures, settings: Settings): Promise<Row> {
  const scene = sceneOf(drawn);
  const { lengths, placed } = await drawnScene(scene, settings);
  return { state: scene.state, layout: layoutOf(scene, lengths, placed) };
}

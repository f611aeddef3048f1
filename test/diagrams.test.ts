/** The committed diagrams are those of the machines that run, they show everything, and they can be read. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nameOf, pathOf, statesOf, transitionsOf } from '../scripts/diagrams/chart.js';
import { diagramFiles, pictures, rowsOf } from '../scripts/diagrams/files.js';
import { faultsOf } from '../scripts/diagrams/geometry.js';
import { WIDTH } from '../scripts/diagrams/search.js';
import { machines } from '../src/machines/index.js';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const settings = JSON.parse(read('../scripts/diagrams/settings.json'));
const drawn = pictures();
const files = await diagramFiles(drawn, settings);

describe('diagrams/', () => {
  it('holds three files for each machine and a page, and nothing else', () => {
    const names = Object.keys(machines).flatMap((name) => [`${name}.mmd`, `${name}.svg`, `${name}.txt`]);
    expect([...files.keys()].sort()).toEqual([...names, 'README.md'].sort());
    const folder = readdirSync(fileURLToPath(new URL('../diagrams', import.meta.url)), { withFileTypes: true });
    const held = folder.filter((entry) => entry.isFile()).map(({ name }) => name);
    expect(held.sort()).toEqual([...files.keys()].sort());
  });

  it.each([...files])('%s is what `npm run diagrams` writes', (name, text) => {
    expect(read(`../diagrams/${name}`)).toBe(text);
  });

  it('shows each machine on the page', () => {
    for (const name of Object.keys(machines)) expect(files.get('README.md')).toContain(`](${name}.svg)`);
  });
});

describe.each(Object.entries(machines))('the diagrams of %s', (name, machine) => {
  const states = statesOf(machine);
  const transitions = states.flatMap(transitionsOf);

  it.each([
    ['mmd', (id: string) => new RegExp(`\\b${id.replaceAll('.', '_')}\\b`)],
    ['svg', (id: string) => new RegExp(`<title>${id}: `)],
  ] as const)('%s shows each state', (extension, pattern) => {
    const text = files.get(`${name}.${extension}`)!;
    const ids = states.map(({ path }) => [machine.id, ...path].join('.'));
    expect(ids.filter((id) => !pattern(id).test(text))).toEqual([]);
  });

  it('svg and page describe each state', () => {
    const image = files.get(`${name}.svg`)!;
    const page = files.get('README.md')!;
    for (const state of states.slice(1)) {
      expect(image).toContain(`: ${state.description}</title>`);
      expect(page).toContain(`| \`${pathOf(state)}\` | ${state.description} |`);
    }
  });

  it.each(['mmd', 'svg', 'txt'])('%s shows the event of each transition', (extension) => {
    const text = files.get(`${name}.${extension}`)!;
    const untold = transitions.filter(({ eventType }) => !text.includes(eventType || 'always'));
    expect(untold.map(nameOf)).toEqual([]);
  });

  it('mmd has every arrow', () => {
    const arrows = files.get(`${name}.mmd`)!.match(/^ *(?!\[\*\])\S+ --> /gm);
    expect(arrows).toHaveLength(drawn.get(name)!.arrows.length);
  });

  it('svg can be read', async () => {
    for (const { state, layout } of await rowsOf(drawn.get(name)!, settings)) {
      expect(faultsOf(layout), state.id).toEqual([]);
      expect(layout.width, state.id).toBeLessThanOrEqual(WIDTH);
    }
  });
});

/** The committed diagrams are those of the machines that run. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nameOf, statesOf, transitionsOf } from '../scripts/diagrams/chart.js';
import { diagramFiles } from '../scripts/diagrams/files.js';
import { machines } from '../src/machines/index.js';

const folder = fileURLToPath(new URL('../diagrams/', import.meta.url));
const files = diagramFiles();

describe('diagrams/', () => {
  it('holds a file for each machine and a page, and nothing else', () => {
    const names = [...Object.keys(machines).map((name) => `${name}.mmd`), 'README.md'].sort();
    expect([...files.keys()].sort()).toEqual(names);
    expect(readdirSync(folder).sort()).toEqual(names);
  });

  it.each([...files])('%s is what `npm run diagrams` writes', (name, text) => {
    expect(readFileSync(`${folder}${name}`, 'utf8')).toBe(text);
  });
});

describe.each(Object.entries(machines))('the diagram of %s', (name, machine) => {
  const text = files.get(`${name}.mmd`)!;
  const states = statesOf(machine);

  it('shows each state', () => {
    const ids = states.map(({ path }) => [machine.id, ...path].join('_'));
    expect(ids.filter((id) => !new RegExp(`\\b${id}\\b`).test(text))).toEqual([]);
  });

  it('shows the event of each transition', () => {
    const untold = states.flatMap(transitionsOf).filter(({ eventType }) => !text.includes(eventType || 'always'));
    expect(untold.map(nameOf)).toEqual([]);
  });
});

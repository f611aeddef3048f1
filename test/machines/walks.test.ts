/** Walks of the machines that take every transition, and checks of every name. */
import { afterAll, describe, expect, it } from 'vitest';
import { actionNames, nameOf, pathOf, statesOf, transitionsOf } from '../../scripts/diagrams/chart.js';
import { machines } from '../../src/machines/index.js';
import { alphabets } from './alphabet.js';
import { walk } from './kit/coverage.js';

const rows: object[] = [];

afterAll(() => console.table(rows));

// Each computes without pause, for a minute on a slow machine.
describe.each(Object.entries(machines))('the machine %s', { timeout: 600_000 }, (name, machine) => {
  const states = statesOf(machine);

  it('describes each of its states', () => {
    expect(states.filter(({ description }) => !description?.endsWith('.')).map(pathOf)).toEqual([]);
  });

  it('has camelCase names for states, guards and actions', () => {
    const { guards, actions } = machine.implementations;
    const names = [...states.flatMap(({ path }) => path), ...Object.keys(guards), ...Object.keys(actions)];
    expect(names.filter((each) => !/^[a-z]+([A-Z][a-z]+)*$/.test(each))).toEqual([]);
  });

  it('uses each guard and each action that it names', () => {
    const { guards, actions } = machine.implementations;
    const transitions = states.flatMap(transitionsOf);
    const used = new Set([
      ...transitions.flatMap(guardNames),
      ...transitions.flatMap((each) => actionNames(each.actions)),
      ...states.flatMap(({ entry, exit }) => actionNames([...entry, ...exit])),
    ]);
    expect([...Object.keys(guards), ...Object.keys(actions)].filter((each) => !used.has(each))).toEqual([]);
  });

  it('takes each of its transitions on some walk', () => {
    const { transitions, untaken } = walk(machine, alphabets[name]!);
    rows.push({
      machine: name,
      states: states.length,
      transitions: transitions.length,
      walked: transitions.length - untaken.length,
    });
    expect(untaken.map(nameOf)).toEqual([]);
  });
});

/** The names in a guard, however it is combined. */
function guardNames({ guard }: { guard?: unknown }): string[] {
  if (guard === undefined) return [];
  if (typeof guard === 'string') return [guard];
  const { guards = [] } = guard as { guards?: unknown[] };
  return guards.flatMap((each) => guardNames({ guard: each }));
}

/** Each configuration that a machine can reach has a wait, or is over. test/explain/waits.txt has how many, by wait, for review. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StateValue } from '../../src/engine/model.js';
import { stateText } from '../../src/engine/text.js';
import type { ChartName } from '../../src/events/charts.js';
import { rowsOf, TABLES, WAITS } from '../../src/explain/waits.js';
import { statesOf } from '../machines/kit/reachable.js';

const names = Object.keys(TABLES) as ChartName[];
const states = new Map(names.map((name) => [name, statesOf(name)] as const));

const verdictOf = (name: ChartName, state: StateValue): string =>
  rowsOf(name, state)
    .map(({ says }) => says)
    .join(' + ');

describe.each(names)('%s', (name) => {
  it('has a wait in each configuration, or is over', () => {
    const silent = states.get(name)!.filter((state) => {
      const rows = rowsOf(name, state);
      return rows.length !== TABLES[name].length || rows.every(({ says }) => says === 'elsewhere');
    });
    // The connection of an exchange is explained by its messages, that of a request by the request, which are never silent.
    const byOthers = { connection: 'elsewhere', clientConnection: 'elsewhere' } as Record<string, string>;
    expect(silent.filter((state) => verdictOf(name, state) !== byOthers[name]).map(stateText)).toEqual([]);
  });

  it('needs each of its rows', () => {
    const used = new Set(states.get(name)!.flatMap((state) => rowsOf(name, state)));
    expect(TABLES[name].flat().filter((row) => !used.has(row))).toEqual([]);
  });
});

describe('the waits', () => {
  it('are each said by a row, or by a fact', () => {
    const said = new Set<string>(Object.values(TABLES).flatMap((table) => table.flat().map(({ says }) => says)));
    const byFacts = ['allowContinue', 'connect', 'continue', 'handshake', 'uncork'];
    expect(Object.keys(WAITS).filter((code) => !said.has(code))).toEqual(
      byFacts.sort((a, b) => Object.keys(WAITS).indexOf(a) - Object.keys(WAITS).indexOf(b)),
    );
  });

  it('are as many as in the list (if not: UPDATE=1)', () => {
    const file = new URL('./waits.txt', import.meta.url);
    const lines = names.flatMap((name) => {
      const counts = new Map<string, number>();
      for (const state of states.get(name)!) {
        const verdict = verdictOf(name, state);
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      }
      return [...counts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([verdict, count]) => `${name}: ${verdict}: ${count}`);
    });
    const text = `${lines.join('\n')}\n`;
    if (process.env['UPDATE']) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

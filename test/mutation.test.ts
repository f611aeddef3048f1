/**
 * Mutants of the machines that the proofs of test/machines must notice: a sample of those that `npm run mutate` tries and
 * docs/mutation.md counts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { QUERIED } from '../scripts/mutate/difference.js';
import { type Mutant, mutantsOf, titleOf } from '../scripts/mutate/mutants.js';
import { Proofs } from '../scripts/mutate/proofs.js';
import { lineOf, PAGE, rowOf } from '../scripts/mutate/report.js';
import { Judge } from '../scripts/mutate/verdict.js';
import { machines } from '../src/machines/index.js';
import { xorshift } from './machines/kit/random.js';

/** The number of mutants tried per machine. */
const SAMPLE = 12;
/** In ms. The sample of the largest machine takes a minute of processor time. */
const PATIENCE = 300_000;

/** Without pause, and for a minute on a slow machine. */
const COMPUTES = { timeout: 600_000 };

const pathOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const page = readFileSync(pathOf(PAGE), 'utf8');

/** A reproducible sample. */
function sampleOf(mutants: readonly Mutant[]): Mutant[] {
  const random = xorshift();
  return Array.from({ length: SAMPLE }, () => mutants[random() % mutants.length]!);
}

const isListed = (mutant: Mutant) => page.includes(`| ${lineOf(mutant)} |`);

describe.each(Object.entries(machines))('a mutant of %s', COMPUTES, (name, machine) => {
  const mutants = mutantsOf(machine);

  it('is noticed, or listed on the page with the reason', { timeout: PATIENCE }, () => {
    const proofs = new Proofs(name);
    const unlisted = sampleOf(mutants).filter((mutant) => !isListed(mutant));
    expect(unlisted.filter(({ make }) => proofs.brokenBy(make()) === undefined).map(titleOf)).toEqual([]);
  });

  it('is counted on the page (if not: `npm run mutate`)', () => {
    const row = rowOf(name, mutants.length);
    expect(page.split('\n').filter((line) => line.startsWith(row))).toHaveLength(1);
  });
});

describe('the page', () => {
  it('lists only existing mutants, and none that survived', () => {
    const known = new Set(Object.values(machines).flatMap(mutantsOf).map(lineOf));
    const rows = [...page.matchAll(/^\| (`.*: .*?) \| (equivalent|unreached|survived) \|/gm)];
    expect(rows.map(([, line]) => line).filter((line) => !known.has(line!))).toEqual([]);
    expect(rows.filter(([, , verdict]) => verdict === 'survived')).toEqual([]);
  });
});

describe('two machines', () => {
  it('are compared in each state that a host queries', () => {
    const files = readdirSync(pathOf('src/api'), { recursive: true, encoding: 'utf8' });
    const texts = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(pathOf(`src/api/${file}`), 'utf8'));
    const regions = texts.flatMap((text) =>
      [...text.matchAll(/\b(?:matcher|matches)\('([\w.]+)'\)/g)].map(([, path]) => path),
    );
    expect([...new Set(Object.values(QUERIED).flat())].sort()).toEqual([...new Set(regions)].sort());
  });
});

describe('a mutant', () => {
  const lamp = setup({
    types: { context: {} as { times: number } },
    guards: { isWhole: () => true, isDark: () => true },
    actions: { emitLight: emit({ type: 'light' }), count: assign({ times: ({ context }) => context.times + 1 }) },
  }).createMachine({
    id: 'lamp',
    initial: 'off',
    context: { times: 0 },
    states: {
      off: {
        on: { press: [{ guard: 'isWhole', target: 'on', actions: ['emitLight', 'count'] }, { target: 'broken' }] },
      },
      on: { entry: 'emitLight', on: { press: 'off' } },
      broken: {},
    },
  });

  it('is created for each possible change of a transition', () => {
    expect(mutantsOf(lamp).map(({ kind, ...named }) => `${kind} ${titleOf({ kind, ...named })}`)).toEqual([
      'target : initially off: initially on',
      'target : initially off: initially broken',
      'removal off: press [isWhole] → on: removed',
      'candidates off: press [isWhole] → on: tried after press',
      'target off: press [isWhole] → on: stays',
      'target off: press [isWhole] → on: leads to broken',
      'guard off: press [isWhole] → on: taken without its guard',
      'guard off: press [isWhole] → on: guard negated',
      'actions off: press [isWhole] → on: without emitLight',
      'actions off: press [isWhole] → on: without count',
      'actions off: press [isWhole] → on: count before emitLight',
      'removal off: press → broken: removed',
      'target off: press → broken: stays',
      'target off: press → broken: leads to on',
      'actions on: entry: without emitLight',
      'removal on: press → off: removed',
      'target on: press → off: stays',
      'target on: press → off: its state is left and entered again',
      'target on: press → off: leads to broken',
    ]);
  });

  it('is caught, or equivalent', () => {
    const judge = new Judge('response');
    const verdictOf = (title: string) =>
      judge.judge(mutantsOf(machines['response']!).find((each) => titleOf(each) === title)!);
    expect(verdictOf('line.waiting: user.destroy → line.gone.doomed: stays').kind).toBe('caught');
    expect(verdictOf('line.gone: initially cut: initially doomed').kind).toBe('equivalent');
  });
});

/** The page with the results of the mutants. */
import { textOf } from '../../test/machines/kit/explore.js';
import { KINDS, type Kind, type Mutant, titleOf } from './mutants.js';
import { reasonFor } from './reasons.js';
import type { Verdict } from './verdict.js';

/** The path of the page from the root. */
export const PAGE = 'docs/mutation.md';

/** The required share of caught mutants among those that differ from the machine, for each machine. */
const MARK = 0.95;

interface Judged {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

/** By machine name. */
type Judgements = Readonly<Record<string, readonly Judged[]>>;

const VERDICTS = ['caught', 'equivalent', 'unreached', 'survived'] as const;

const HEAD = `# Mutants of the machines

\`npm run mutate\` writes this page. It changes one transition of a machine at a time, and checks each such mutant against what
[test/machines](../test/machines) proves of the machine: the laws, replies and pledges in every situation of its scenes, the documented
orders, and the laws of a request and its response together. \`test/mutation.test.ts\` does so with a sample.

A mutant changes where a transition leads (to each other state of its region, or nowhere), when it is taken (its guard, each part of its
guard, its position among the candidates for its event), its actions and their order, or the entry, exit or initial state of a
state; or it removes a transition.

- **caught**: it breaks a law, a pledge or an order.
- **equivalent**: no sequence of events makes it emit anything else, or return another result to a query of its host.
- **unreached**: it differs, but only after events that its world never sends.
- **survived**: it differs in its world, and no proof fails: a law is missing.

The mark is the share of caught mutants among those that aren't equivalent. At least ${percent(MARK)} is required.
`;

export function pageOf(judgements: Judgements): string {
  const all = Object.values(judgements).flat();
  const machineRows = Object.entries(judgements).map(([name, judged]) => summary(`\`${name}\``, judged));
  const kindRows = KINDS.map((kind) =>
    summary(
      WORDS[kind],
      all.filter(({ mutant }) => mutant.kind === kind),
    ),
  );
  return [
    HEAD,
    table(['machine', 'mutants', ...VERDICTS, 'mark'], [...machineRows, summary('all', all)]),
    table(['what is changed', 'mutants', ...VERDICTS, 'mark'], kindRows),
    ...Object.entries(judgements).flatMap(([name, judged]) => uncaughtSection(name, judged)),
  ].join('\n');
}

/** The reasons why the results of a machine aren't acceptable. */
export function complaintsAbout(name: string, judged: readonly Judged[]): string[] {
  const mark = markOf(judged);
  const uncaught = judged.filter(({ verdict }) => verdict.kind !== 'caught');
  return [
    ...(mark < MARK ? [`${name}: only ${percent(mark)} are caught`] : []),
    ...uncaught
      .filter(({ mutant, verdict }) => verdict.kind === 'survived' || reasonFor(mutant) === undefined)
      .map(({ mutant, verdict }) => `${name}: ${verdict.kind}, without a reason: ${titleOf(mutant)}${wayOf(verdict)}`),
  ];
}

export function countsOf(judged: readonly Judged[]): readonly number[] {
  return VERDICTS.map((kind) => judged.filter(({ verdict }) => verdict.kind === kind).length);
}

const WORDS: Readonly<Record<Kind, string>> = {
  target: 'where it leads',
  guard: 'its guard',
  candidates: 'its position among the candidates',
  actions: 'its actions, and their order',
  removal: 'its existence',
};

/** The first two cells of a machine's row. */
export const rowOf = (name: string, mutants: number) => `| \`${name}\` | ${mutants} |`;

function summary(name: string, judged: readonly Judged[]): string[] {
  return [name, ...[judged.length, ...countsOf(judged)].map(String), percent(markOf(judged))];
}

function markOf(judged: readonly Judged[]): number {
  const [caught = 0, equivalent = 0] = countsOf(judged);
  return caught / (judged.length - equivalent);
}

function uncaughtSection(name: string, judged: readonly Judged[]): string[] {
  const uncaught = judged.filter(({ verdict }) => verdict.kind !== 'caught');
  if (uncaught.length === 0) return [];
  const rows = uncaught.map(({ mutant, verdict }) => [
    lineOf(mutant),
    verdict.kind,
    `${reasonFor(mutant) ?? ''}${wayOf(verdict)}`,
  ]);
  return [`## Not caught: ${name}\n`, table(['mutant', 'verdict', 'why'], rows)];
}

/** The name of a mutant on the page. */
export const lineOf = ({ place, change }: Mutant) => `\`${place}\`: ${change}`;

function wayOf(verdict: Verdict): string {
  return 'way' in verdict ? ` Shown by: ${verdict.way.map((event) => `\`${textOf(event)}\``).join(', ')}` : '';
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1).replace('.0', '')} %`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}

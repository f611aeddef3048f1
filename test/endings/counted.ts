/** Runs programs on statewire, and counts how their exchanges end. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { tap } from '../../src/engine/tap.js';
import type { Ending } from '../../src/index.js';
import { placeName } from '../../src/rules/naming.js';
import { settle } from '../conversations/kit/wires.js';
import { CHANNEL } from './kit.js';

/** How often each came: `server PW`. Those that end only when the run is taken down are not told apart. */
export type Counts = Map<string, number>;

/** What a run has shown to be wrong: an exchange that has ended twice, or not at all, or was never there. */
export interface Counted {
  readonly counts: Counts;
  readonly wrong: readonly string[];
}

interface Begun {
  /** Its name now: a request gets another when it gets a socket. */
  name: string;
  /** The chart that says that it is over. */
  over: boolean;
}

/** Exchanges without messages of ours, by the id that they end under. */
const isUnmessaged = ({ code, method }: Ending): boolean => method === undefined || code === '--' || code.endsWith('W');

/** The states in which a message is over. */
function isOver(chart: string, { line }: { readonly line: unknown }): boolean {
  const { gone } = Object(line) as { gone?: string };
  return chart === 'request'
    ? gone === 'closed'
    : line === 'closed' || line === 'released' || gone === 'closed' || gone === 'stranded' || gone === 'leaving';
}

/** @param run gets a function to call when what it shows is over, and it only takes itself down */
export async function counted(run: (mark: () => void) => Promise<unknown>): Promise<Counted> {
  const counts: Counts = new Map();
  const wrong: string[] = [];
  const begun = new Map<object, Begun>();
  const ended = new Map<string, Ending[]>();
  let isMarked = false;
  const note = (given: unknown): void => {
    const ending = given as Ending;
    const key = isMarked ? `${ending.role} later` : `${ending.role} ${ending.code}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    ended.set(ending.id, [...(ended.get(ending.id) ?? []), ending]);
  };
  const stop = tap(({ actor, chart, connection, exchange, to }) => {
    if (chart !== 'response' && chart !== 'request') return;
    const place = { connection, exchange };
    // Made by the program.
    if (placeName(chart, place) === '-') return;
    begun.set(actor, { name: placeName(chart, place), over: isOver(chart, to as { line: unknown }) });
  });
  subscribe(CHANNEL, note);
  try {
    await run(() => {
      isMarked = true;
    });
    for (let turns = 0; turns < 10 && [...begun.values()].some(({ over }) => !over); turns++) await settle();
  } finally {
    unsubscribe(CHANNEL, note);
    stop();
  }
  for (const { name, over } of begun.values()) {
    const times = ended.get(name)?.length ?? 0;
    if (times !== (over ? 1 : 0)) wrong.push(`${name} is ${over ? 'over' : 'open'}, and has ended ${times} times`);
    if (!over) counts.set('open', (counts.get('open') ?? 0) + 1);
  }
  const names = new Set([...begun.values()].map(({ name }) => name));
  for (const [name, endings] of ended) {
    if (endings.length > 1) wrong.push(`${name} has ended as ${endings.map(({ code }) => code).join(', ')}`);
    if (!names.has(name) && !endings.every(isUnmessaged)) wrong.push(`${name} was never there`);
  }
  return { counts, wrong };
}

export function textOf(all: readonly Counts[]): string {
  const sums: Counts = new Map();
  for (const each of all) for (const [key, count] of each) sums.set(key, (sums.get(key) ?? 0) + count);
  return `${[...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => `${key}: ${count}`)
    .join('\n')}\n`;
}

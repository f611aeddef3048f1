/**
 * Runs a walk twice: the log on statewire must be the predicted one, with the predicted transitions, and each exchange that is over
 * has ended once; the host's log must be the same until the host parts, except for the listed differences.
 */
import * as oracle from 'node:http';
import statewire from '../../../src/index.js';
import { type Log, render } from '../../conversations/kit/log.js';
import { comparable } from '../../conversations/kit/newer.js';
import { counted } from '../../endings/counted.js';
import { logOf, shorten } from './log.js';
import { type Game, type Walked, walk } from './paths.js';
import { takenDuring } from './tapped.js';

type Acts = readonly string[];

export interface Side<W extends Walked> {
  readonly game: Game<W>;
  /** Runs the walk against an implementation of node:http's API. */
  readonly run: (http: unknown, acts: Acts) => Promise<Log>;
  /** The rows by which the host's log becomes ours; undefined when none do. */
  readonly rowsBetween: (host: Acts, ours: Acts) => readonly (string | undefined)[] | undefined;
  /** Whether the host of this run, unlike its predecessors, behaves differently from this act on. */
  readonly leaves?: (world: W, act: string) => boolean;
  /** Whether the bytes that arrive may differ, and why: a row. */
  readonly bytesDiffer: (acts: Acts) => string | undefined;
}

/** @throws an Error with the walk and the logs */
export async function hold<W extends Walked>(side: Side<W>, acts: Acts): Promise<void> {
  const worlds = walk(side.game, acts);
  const ours = await predicted(side, acts, worlds);
  const parts = worlds.findIndex(
    ({ parted }, at) => parted !== undefined || side.leaves?.(worlds[at - 1] ?? side.game.begins, acts[at] as string),
  );
  if (parts === 0) return;
  const shared = parts < 0 ? acts : acts.slice(0, parts);
  const statewireLog = comparable(parts < 0 ? ours : await side.run(statewire, shared));
  const hostLog = comparable(await side.run(oracle, shared));
  const isEqual =
    side.rowsBetween(hostLog.events, statewireLog.events) !== undefined &&
    (side.bytesDiffer(shared) !== undefined || JSON.stringify(hostLog.peers) === JSON.stringify(statewireLog.peers));
  if (!isEqual) throw new Error(disagreement(shared, 'the host', render(hostLog), 'statewire', render(statewireLog)));
}

async function predicted<W extends Walked>(side: Side<W>, acts: Acts, worlds: readonly W[]): Promise<Log> {
  let log: Log | undefined;
  let wrong: readonly string[] = [];
  const run = async (): Promise<void> => {
    log = await side.run(statewire, acts);
  };
  const taken = await takenDuring(async () => {
    ({ wrong } = await counted(run));
  });
  const { events } = log as Log;
  const expected = logOf(worlds.flatMap((world) => world.log)).map(shorten);
  const isPredicted = events.map(shorten).join('\n') === expected.join('\n');
  if (!isPredicted)
    throw new Error(disagreement(acts, 'predicted', expected.join('\n'), 'statewire', events.join('\n')));
  const missed = worlds.flatMap((world) => [...world.taken].filter((transition) => !taken.has(transition)));
  if (missed.length > 0) throw new Error(`${acts.join(' → ')}\nnot taken, though predicted:\n${missed.join('\n')}`);
  if (wrong.length > 0) throw new Error(`${acts.join(' → ')}\n${wrong.join('\n')}`);
  return log as Log;
}

/** Both texts, with a mark at each line that only one of them contains. */
function disagreement(acts: Acts, one: string, first: string, other: string, second: string): string {
  const marked = (text: string, against: string) => {
    const lines = new Set(against.split('\n'));
    return text.replace(/^.*$/gm, (line) => `${lines.has(line) ? '   ' : ' ! '}${line}`);
  };
  return `${acts.join(' → ')}\n--- ${one}\n${marked(first, second)}\n--- ${other}\n${marked(second, first)}\n`;
}

/**
 * Holds a walk twice: its log on statewire must be the one that the walk predicts, with the transitions that it
 * predicts, and the host's must be the same, as far as the host goes along, but for the differences that are listed.
 */
import * as oracle from 'node:http';
import statewire from '../../../src/index.js';
import { type Log, render } from '../../conversations/kit/log.js';
import { comparable } from '../../conversations/kit/newer.js';
import { type Game, type Walked, walk } from './paths.js';
import { takenDuring } from './tapped.js';
import { logOf, told } from './told.js';

type Acts = readonly string[];

export interface Side<W extends Walked> {
  readonly game: Game<W>;
  /** One run of the walk against an implementation of node:http's face. */
  readonly run: (http: unknown, acts: Acts) => Promise<Log>;
  /** The rows by which the host's log becomes ours; undefined when none do. */
  readonly rowsBetween: (host: Acts, ours: Acts) => readonly (string | undefined)[] | undefined;
  /** Whether the host of this run, other than its predecessors, goes another way with this act. */
  readonly leaves?: (world: W, act: string) => boolean;
  /** Whether the bytes that arrive may differ, and why: a row. */
  readonly bytesDiffer: (acts: Acts) => string | undefined;
}

/** @throws an Error that has the walk and the logs */
export async function hold<W extends Walked>(side: Side<W>, acts: Acts): Promise<void> {
  const worlds = walk(side.game, acts);
  const ours = await foretold(side, acts, worlds);
  const parts = worlds.findIndex(
    ({ parted }, at) => parted !== undefined || side.leaves?.(worlds[at - 1] ?? side.game.begins, acts[at] as string),
  );
  if (parts === 0) return;
  const shared = parts < 0 ? acts : acts.slice(0, parts);
  const answered = comparable(parts < 0 ? ours : await side.run(statewire, shared));
  const asked = comparable(await side.run(oracle, shared));
  const isEqual =
    side.rowsBetween(asked.events, answered.events) !== undefined &&
    (side.bytesDiffer(shared) !== undefined || JSON.stringify(asked.peers) === JSON.stringify(answered.peers));
  if (!isEqual) throw new Error(disagreement(shared, 'the host', render(asked), 'statewire', render(answered)));
}

async function foretold<W extends Walked>(side: Side<W>, acts: Acts, worlds: readonly W[]): Promise<Log> {
  let log: Log | undefined;
  const taken = await takenDuring(async () => {
    log = await side.run(statewire, acts);
  });
  const { events } = log as Log;
  const expected = logOf(worlds.flatMap((world) => world.log)).map(told);
  const isForetold = events.map(told).join('\n') === expected.join('\n');
  if (!isForetold)
    throw new Error(disagreement(acts, 'predicted', expected.join('\n'), 'statewire', events.join('\n')));
  const missed = worlds.flatMap((world) => [...world.taken].filter((transition) => !taken.has(transition)));
  if (missed.length > 0) throw new Error(`${acts.join(' → ')}\nnot taken, though predicted:\n${missed.join('\n')}`);
  return log as Log;
}

/** Both texts, and a mark at each line that only one of them has. */
function disagreement(acts: Acts, one: string, first: string, other: string, second: string): string {
  const marked = (text: string, against: string) => {
    const lines = new Set(against.split('\n'));
    return text.replace(/^.*$/gm, (line) => `${lines.has(line) ? '   ' : ' ! '}${line}`);
  };
  return `${acts.join(' → ')}\n--- ${one}\n${marked(first, second)}\n--- ${other}\n${marked(second, first)}\n`;
}

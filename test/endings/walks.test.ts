/** Each exchange of all walks ends once. test/endings/walks.txt has how many end in which way, for review. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { runClientConversation } from '../conversations/kit/client-run.js';
import { runConversation } from '../conversations/kit/run.js';
import { client, clientInHostOrder, conversationOf } from '../walks/client/game.js';
import { CLIENT_DEPTH } from '../walks/client/side.js';
import { coveringPaths } from '../walks/kit/paths.js';
import { serverGames } from '../walks/server/games.js';
import { type Counts, counted, textOf } from './counted.js';

const all: Counts[] = [];
/** How many walks there are. */
let count = 0;

async function hold(run: (mark: () => void) => Promise<unknown>): Promise<void> {
  const { counts, wrong } = await counted(run);
  all.push(counts);
  expect(wrong).toEqual([]);
}

/** What follows the script of a walk. */
const last = (mark: () => void) => [['settle'], ['run', mark]] as const;

describe.each(serverGames)('a server, $name', ({ game, depth, conversationOf: conversation }) => {
  for (const acts of coveringPaths(game, depth).paths) {
    count++;
    it(acts.join(' → '), () =>
      hold((mark) => {
        const each = conversation(acts);
        return runConversation(statewire as never, { ...each, script: [...each.script, ...last(mark)] });
      }),
    );
  }
});

describe.each([
  ['documented', client],
  ['host', clientInHostOrder],
] as const)('a client, in the order %s', (order, game) => {
  for (const acts of coveringPaths(game, CLIENT_DEPTH).paths) {
    count++;
    it(acts.join(' → '), () =>
      hold(async (mark) => {
        statewire.eventOrder = order;
        try {
          const each = conversationOf(acts);
          return await runClientConversation(statewire as never, { ...each, script: [...each.script, ...last(mark)] });
        } finally {
          statewire.eventOrder = 'documented';
        }
      }),
    );
  }
});

describe('the endings', () => {
  it('are as many as in the list (if not: UPDATE=1)', ({ skip }) => {
    skip(all.length < count, 'not all were run');
    const file = new URL('./walks.txt', import.meta.url);
    const text = textOf(all);
    if (process.env['UPDATE']) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

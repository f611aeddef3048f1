/** Each exchange of all conversations ends once. test/endings/conversations.txt has how many end in which way, for review. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { clientConversations } from '../conversations/client/index.js';
import type { ClientHttp } from '../conversations/kit/client-conversation.js';
import { runClientConversation } from '../conversations/kit/client-run.js';
import { type Http, runConversation } from '../conversations/kit/run.js';
import { serverConversations } from '../conversations/server/index.js';
import { type Counts, counted, textOf } from './counted.js';

const all: Counts[] = [];
/** How many conversations there are. */
let count = 0;

function hold(name: string, run: (mark: () => void) => Promise<unknown>): void {
  count++;
  it(name, async () => {
    const { counts, wrong } = await counted(run);
    all.push(counts);
    expect(wrong).toEqual([]);
  });
}

describe('at a server', () => {
  for (const each of Object.values(serverConversations).flat()) {
    hold(each.name, (mark) =>
      runConversation(statewire as unknown as Http, { ...each, script: [...each.script, ['settle'], ['run', mark]] }),
    );
  }
});

describe('at a client', () => {
  for (const each of Object.values(clientConversations).flat()) {
    hold(each.name, (mark) =>
      runClientConversation(statewire as unknown as ClientHttp, {
        ...each,
        script: [...each.script, ['settle'], ['run', mark]],
      }),
    );
  }
});

describe('the endings', () => {
  it('are as many as in the list (if not: UPDATE=1)', ({ skip }) => {
    skip(all.length < count, 'not all were run');
    const file = new URL('./conversations.txt', import.meta.url);
    const text = textOf(all);
    if (process.env['UPDATE']) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

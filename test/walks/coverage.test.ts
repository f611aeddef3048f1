/** Every transition is taken on the host too, or listed with a reason; and docs/coverage.md says so. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { clientConversations } from '../conversations/client/index.js';
import { runClientConversation } from '../conversations/kit/client-run.js';
import type { Difference } from '../conversations/kit/conversation.js';
import { runConversation } from '../conversations/kit/run.js';
import { serverConversations } from '../conversations/server/index.js';
import { alone } from './alone.js';
import { rows as clientRows } from './client/departures.js';
import { conversations, reasons, unreached } from './elsewhere.js';
import { OWN } from './kit/rows.js';
import { coverage, coverageText, isTaken } from './kit/table.js';
import { takenDuring } from './kit/tapped.js';
import { beyond } from './server/beyond.js';
import { rows as serverRows } from './server/departures.js';

const found = coverage();
const equal = new Set(found.flatMap((each) => each.equal));
const all = found.flatMap(({ transitions }) => transitions);

interface Entry {
  readonly run: () => Promise<unknown>;
  readonly differs: Difference | undefined;
}

const entries = new Map<string, Entry>([
  ...Object.values(clientConversations)
    .flat()
    .map((each): [string, Entry] => [
      each.name,
      { run: () => runClientConversation(statewire as never, each), differs: each.differs },
    ]),
  ...[...Object.values(serverConversations).flat(), ...beyond].map((each): [string, Entry] => [
    each.name,
    { run: () => runConversation(statewire as never, each), differs: each.differs },
  ]),
]);

describe('the transitions', () => {
  it('have names of their own', () => {
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  it('are taken by a walk on the host, or listed', () => {
    const listed = new Set([...Object.keys(conversations), ...Object.keys(reasons)]);
    expect(all.filter((transition) => !equal.has(transition) && !listed.has(transition))).toEqual([]);
  });

  it('are listed only if no walk takes them on the host, and once', () => {
    const listed = [...Object.keys(conversations), ...Object.keys(reasons)];
    expect(listed.filter((transition) => equal.has(transition) || !all.includes(transition))).toEqual([]);
    expect(Object.keys(conversations).filter((transition) => transition in reasons)).toEqual([]);
  });

  it('are taken on statewire, but for those that nothing can take', () => {
    const missed = found.flatMap((each) => each.transitions.filter((transition) => !isTaken(each, transition)));
    expect(missed).toEqual(Object.keys(unreached));
    expect(missed.filter((transition) => !(transition in reasons))).toEqual([]);
  });

  it('are run on statewire alone only if nothing else takes them, and once', () => {
    const elsewhere = new Set([...found.flatMap(({ walked }) => walked), ...Object.keys(conversations)]);
    const takes = alone.flatMap((each) => each.takes);
    expect(takes.filter((transition) => elsewhere.has(transition) || !(transition in reasons))).toEqual([]);
    expect(new Set(takes).size).toBe(takes.length);
  });

  for (const name of new Set(Object.values(conversations))) {
    it(`are taken by “${name}”`, async () => {
      const listed = Object.keys(conversations).filter((transition) => conversations[transition] === name);
      const entry = entries.get(name);
      expect(entry?.differs, 'it is equal on the host').toBeUndefined();
      const taken = await takenDuring(entry?.run as Entry['run']);
      expect(listed.filter((transition) => !taken.has(transition))).toEqual([]);
    });
  }
});

describe('where the host goes another way', () => {
  it('is a row of docs/differences-from-node.md', () => {
    const text = readFileSync(new URL('../../docs/differences-from-node.md', import.meta.url), 'utf8');
    const named = new Set([...clientRows, ...serverRows].filter((row) => row !== undefined));
    expect([...named].filter((row) => row !== OWN && !text.includes(`| \`${row}\` |`))).toEqual([]);
  });
});

describe('docs/coverage.md', () => {
  it('is up to date', () => {
    const file = new URL('../../docs/coverage.md', import.meta.url);
    const text = coverageText(found);
    if (process.env['UPDATE'] !== undefined) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

/** docs/differences-from-node.md lists the same differences as the conversations. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clientConversations } from './client/index.js';
import type { Difference, DifferenceByHost } from './kit/conversation.js';
import { serverConversations } from './server/index.js';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/differences-from-node.md', root), 'utf8');

interface Listing {
  readonly name: string;
  readonly differs?: Difference;
  readonly differsOn?: DifferenceByHost;
}

interface Row {
  readonly id: string;
  readonly conversations: readonly string[];
  readonly tests: readonly string[];
}

function readRow(line: string): Row {
  const cells = line.split(' | ');
  const evidence = cells.at(-1)!;
  return {
    id: cells[0]!.replace(/[| `]/g, ''),
    conversations: Array.from(evidence.matchAll(/“([^”]*)”/g), ([, name]) => name!),
    tests: Array.from(evidence.matchAll(/`([^`]*)`/g), ([, path]) => path!),
  };
}

const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map(readRow);

const listed = [serverConversations, clientConversations]
  .flatMap((groups) => Object.values<readonly Listing[]>(groups))
  .flat()
  .flatMap(({ name, differs, differsOn = {} }) => {
    const rows = [differs, ...Object.values(differsOn)].flatMap((difference) => difference?.row ?? []);
    return [...new Set(rows)].map((row) => ({ name, row }));
  });

describe('docs/differences-from-node.md', () => {
  it('has each row once', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids).not.toEqual([]);
  });

  for (const { id, conversations, tests } of rows) {
    it(`${id} names exactly the conversations that list it`, () => {
      const shown = listed.filter(({ row }) => row === id).map(({ name }) => name);
      expect([...conversations].sort()).toEqual(shown.sort());
      expect(tests.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
      expect(conversations.length + tests.length).toBeGreaterThan(0);
    });
  }

  it('has a row for each listed difference', () => {
    const ids = new Set(rows.map(({ id }) => id));
    expect(listed.filter(({ row }) => !ids.has(row)).map(({ name }) => name)).toEqual([]);
  });
});

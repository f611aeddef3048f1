/** Records something, saves it and reads it again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach } from 'vitest';
import type { RequestListener } from '../../src/index.js';
import {
  type Journal,
  type ReadJournal,
  type RecordOptions,
  readJournal,
  record,
  replay,
} from '../../src/journal/index.js';
import { runInParts } from '../../src/journal/run.js';

export const hello: RequestListener = (_req, res) => res.end('hello');

/** A function that notes a journal, which is stopped after the test. */
export function stopping(): (journal: Journal) => Journal {
  let current: Journal | undefined;
  afterEach(() => current?.stop());
  return (journal) => {
    current = journal;
    return journal;
  };
}

/** A folder for the files of a test, which is removed afterwards. */
export function folder(): { readonly path: string; file(name?: string): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'statewire-journal-'));
  return {
    path,
    file: (name = 'a.swj') => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Resolves when what was deferred is done. */
export const turns = (count = 5): Promise<void> =>
  count === 0 ? Promise.resolve() : new Promise<void>((resolve) => setImmediate(resolve)).then(() => turns(count - 1));

/** What was recorded during `act`. */
export async function recorded(
  file: string,
  options: RecordOptions,
  act: () => Promise<unknown>,
): Promise<ReadJournal> {
  const journal = record(options);
  try {
    await act();
    await turns();
  } finally {
    journal.stop();
  }
  await journal.save(file);
  return readJournal(file);
}

/** Why connections can't be replayed, or where they differ: nothing if all are equal. */
export async function verdictsOf(journal: ReadJournal): Promise<string[]> {
  const found: string[] = [];
  for (const connection of journal.connections()) {
    if (connection.gap !== undefined) found.push(`${connection.id}: ${connection.gap}`);
    else {
      const verdict = await replay(connection);
      if (!verdict.same) found.push(verdict.explain());
    }
  }
  return found;
}

/** The same for replays in parts of one input each, between which others run. */
export async function verdictsInParts(journal: ReadJournal): Promise<string[]> {
  const found: string[] = [];
  for (const connection of journal.connections()) {
    if (connection.gap !== undefined) continue;
    let isFull = true;
    const flip = (): boolean => {
      isFull = !isFull;
      return isFull;
    };
    const parts = runInParts(await connection.streamed(), flip, () => undefined);
    let part = parts.next();
    for (; part.done !== true; part = parts.next()) await turns(1);
    if (part.value !== undefined) found.push(`${connection.id}, in parts: ${part.value.at} ${part.value.got}`);
  }
  return found;
}

/** The bytes of a file, whose header says something else. */
export function withHeader(file: Buffer, changes: object): Buffer {
  const length = file.readUInt32LE(9);
  const header = JSON.parse(file.subarray(17, 17 + length).toString()) as object;
  const text = Buffer.from(JSON.stringify({ ...header, ...changes }));
  const begin = Buffer.from(file.subarray(0, 17));
  begin.writeUInt32LE(text.length, 9);
  begin.writeUInt32LE(crc32(text), 13);
  return Buffer.concat([begin, text, file.subarray(17 + length)]);
}

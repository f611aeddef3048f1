/** `statewire journal`: looks into recorded journals (src/journal). The library is loaded when it is needed. */

import { createWriteStream, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type * as Library from '../journal/index.js';
import { loadJournal } from './byNeed.js';
import { guess, unknown } from './guess.js';
import { type Command, misuse, type Parsed, type Spec } from './spec.js';
import { Misuse, type World } from './world.js';

const ACTIONS = ['list', 'show', 'replay', 'export', 'to-test'] as const;
const FORMATS = ['har', 'pcapng', 'otel'] as const;

const spec: Spec = {
  name: 'journal',
  summary: 'print what a journal has recorded, replay it, export it',
  usage: '<list|show|replay|export|to-test> <file> [id ...] [options]',
  text: `Reads a journal that record() of statewire/journal, or statewire/journal/register, has written.

  list      a line for each exchange: how it has ended, and how long it took
  show      the story of connections: bytes beside transitions
  replay    runs connections again on the real engine, with what the program did then; exit code 1 if one differs
  export    writes HAR 1.2 (for browsers), pcapng (for Wireshark) or OTLP as JSON (for OpenTelemetry)
  to-test   prints a test of a connection

An id is that of a connection, as s12 or c7; s12.3 means s12. A journal that is cut is read as far as it goes.

An ending has two letters, who has ended the exchange and when; -- is a whole response:

  P  the peer has sent FIN               Q  in the queue of its agent
  R  the peer has reset the connection   C  before the connection was open
  U  you have ended it                   H  before the head of the request was whole, or taken
  T  a deadline has passed               B  before the body of the request was whole
  E  statewire has refused it            W  before a response had begun
  S  the system has failed               A  before the response was whole
  D  the server closes or drains         F  before the last bytes of the response had left, or were read`,
  options: [
    { name: 'ending', value: 'code', text: "only with such an ending: RW, or a part, as 'R*'" },
    { name: 'path', value: 'path', text: 'only with a path that begins so' },
    { name: 'since', value: 'time', text: 'only what was going on since: 2026-03-01T12:00:00Z' },
    { name: 'to', value: 'format', text: `format of an export: ${FORMATS.join(', ')}`, values: () => FORMATS },
    { name: 'out', short: 'o', value: 'file', text: 'write to this file; otherwise to the standard output' },
    { name: 'json', text: 'print JSON' },
  ],
  operands: () => ACTIONS,
};

export const journal: Command = {
  ...spec,
  async run(parsed, world) {
    const [action, file, ...ids] = parsed.operands;
    if (action === undefined) throw misuse('journal takes an action and a file', spec.name);
    if (!isAction(action))
      throw misuse(
        `unknown action '${action}'${guess(action, ACTIONS) || `; there are ${ACTIONS.join(', ')}`}`,
        spec.name,
      );
    if (file === undefined)
      throw new Misuse(`journal ${action} takes the file of a journal: journal ${action} night.swj`);
    const format = formatOf(action, parsed.one('to'));
    check(action, ids, parsed);
    const library = await loadJournal();
    const read = await open(library, file, world);
    const chosen = choose(read, ids, parsed);
    switch (action) {
      case 'list':
        return list(chosen, parsed, world);
      case 'show':
        return show(library, chosen, parsed, world);
      case 'replay':
        return replay(library, read, chosen, parsed, world);
      case 'export':
        return write(library, read, chosen, format, parsed, world);
      case 'to-test':
        return toTest(library, chosen, parsed, world);
    }
  },
};

const NONE = 'The journal has no such connection.\n';

type Action = (typeof ACTIONS)[number];
type Format = (typeof FORMATS)[number];
type Connection = Library.RecordedConnection;

const isAction = (text: string): text is Action => (ACTIONS as readonly string[]).includes(text);

function formatOf(action: Action, given: string | undefined): Format {
  if (action !== 'export') return 'har';
  const found = FORMATS.find((format) => format === given);
  if (found !== undefined) return found;
  throw given === undefined ? new Misuse(`export needs --to ${FORMATS.join('|')}`) : unknown('format', given, FORMATS);
}

/** Options and ids that mean nothing would be a surprise. @throws Misuse */
function check(action: Action, ids: readonly string[], parsed: Parsed): void {
  const isFor = (name: string, ...actions: readonly Action[]): void => {
    if (!parsed.has(name) || actions.includes(action)) return;
    throw new Misuse(`--${name} is for ${actions.join(', ')}, not for ${action}`);
  };
  isFor('to', 'export');
  isFor('out', 'export', 'to-test');
  isFor('json', 'list', 'show', 'replay');
  const other = ids.find((id) => !/^[scq]\d+(?:\.\d+)?$/.test(id));
  if (other !== undefined) throw new Misuse(`'${other}' is not an id of a connection, such as s12; there is one file`);
  const ending = parsed.one('ending');
  if (ending !== undefined && !/^[PRUTESD*-][QCHBWAFI*-]$/i.test(ending))
    throw new Misuse(`'${ending}' is not an ending, such as RW or 'R*'`);
}

function outOf(parsed: Parsed, { here }: World): string | undefined {
  const out = parsed.one('out');
  return out === undefined ? undefined : resolve(here, out);
}

/** Reads the file, with its progress on a terminal. */
async function open(library: typeof Library, file: string, world: World): Promise<Library.ReadJournal> {
  let shown = 0;
  const onProgress = (done: number): void => {
    const percent = Math.floor(done * 100);
    if (!world.isTerminal || percent < shown + 5 || percent > 99) return;
    shown = percent;
    world.printError(`\rreading ${percent} %`);
  };
  let read: Library.ReadJournal;
  try {
    read = await library.readJournal(resolve(world.here, file), { onProgress });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`there is no file ${file}`);
    if (code === 'EISDIR') throw new Error(`${file} is a folder: give the file of a journal`);
    throw new Error(message);
  }
  if (shown > 0) world.printError('\r              \r');
  if (read.torn !== undefined)
    world.printError(`statewire: ${file} is cut at byte ${read.torn.at}: ${read.torn.reason}\n`);
  return read;
}

function choose(read: Library.ReadJournal, ids: readonly string[], parsed: Parsed): readonly Connection[] {
  const { ending, path, since } = {
    ending: parsed.one('ending')?.toUpperCase(),
    path: parsed.one('path'),
    since: parsed.one('since'),
  };
  const time = since === undefined ? undefined : new Date(since);
  if (time !== undefined && Number.isNaN(time.valueOf()))
    throw new Misuse(`'${since}' is not a time, such as 2026-03-01T12:00:00Z`);
  const found = read.connections({
    ...(ending === undefined ? {} : { ending }),
    ...(path === undefined ? {} : { path }),
    ...(time === undefined ? {} : { since: time }),
  });
  if (ids.length === 0) return found;
  const names = ids.map((id) => id.split('.', 1)[0]!);
  const all = new Set(read.connections().map(({ id }) => id));
  const missing = names.find((name) => !all.has(name));
  if (missing !== undefined) throw new Error(`the journal has no connection ${missing}: journal list prints them`);
  return found.filter(({ id }) => names.includes(id));
}

const sizeText = (bytes: number): string => (bytes < 10_000 ? `${bytes} B` : `${Math.round(bytes / 1024)} KiB`);
const msText = (ms: number | undefined): string =>
  ms === undefined ? '' : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

function list(chosen: readonly Connection[], parsed: Parsed, world: World): number {
  if (parsed.has('json')) {
    const rows = chosen.map(({ id, role, since, ms, exchanges, gap, remote }) => ({
      id,
      role,
      since,
      ms,
      remote,
      gap,
      exchanges,
    }));
    world.print(`${JSON.stringify(rows)}\n`);
    return 0;
  }
  const rows: string[][] = [];
  for (const { id, since, exchanges, gap, size } of chosen) {
    const when = since.toISOString().slice(11, 23);
    if (exchanges.length === 0) rows.push([when, id, '..', '', '', '', gap ?? `not over, ${size} frames`]);
    for (const ended of exchanges) {
      const { code, status, ms, bytesIn, bytesOut, what, again, before } = ended;
      const other = again === undefined ? before && `, before ${before}` : `, again ${again}`;
      rows.push([
        when,
        ended.id,
        code,
        String(status ?? '-'),
        msText(ms),
        `${sizeText(bytesIn)} in, ${sizeText(bytesOut)} out`,
        `${what}${other ?? ''}`,
      ]);
    }
  }
  if (rows.length === 0) {
    world.print(NONE);
    return 0;
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  world.print(
    `${rows
      .map((row) =>
        row
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')}\n`,
  );
  return 0;
}

async function show(
  library: typeof Library,
  chosen: readonly Connection[],
  parsed: Parsed,
  world: World,
): Promise<number> {
  if (chosen.length === 0 && !parsed.has('json')) world.print(NONE);
  const stories: object[] = [];
  for (const connection of chosen) {
    const lines = await library.storyOf(connection);
    if (parsed.has('json')) {
      stories.push({ id: connection.id, since: connection.since, lines });
      continue;
    }
    const peer = connection.remote === undefined ? '' : ` with ${connection.remote.join(':')}`;
    world.print(`${connection.id}${peer}, ${connection.since.toISOString()}\n`);
    for (const { at, who, text } of lines) {
      world.print(`${`+${at.toFixed(1)}`.padStart(11)} ms  ${who.padEnd(8)}  ${text}\n`);
    }
    for (const ended of connection.exchanges)
      world.print(`${' '.repeat(16)}${ended.id} ended ${ended.code} ${msText(ended.ms)}\n`);
    if (connection.gap !== undefined) world.print(`  incomplete: ${connection.gap}\n`);
    world.print('\n');
  }
  if (parsed.has('json')) world.print(`${JSON.stringify(stories)}\n`);
  return 0;
}

async function replay(
  library: typeof Library,
  read: Library.ReadJournal,
  chosen: readonly Connection[],
  parsed: Parsed,
  world: World,
): Promise<number> {
  const counts = { same: 0, different: 0, incomplete: 0 };
  const results: object[] = [];
  for (const connection of chosen) {
    const { id } = connection;
    try {
      const verdict = await library.replay(connection);
      if (verdict.same) counts.same++;
      else {
        counts.different++;
        if (!parsed.has('json')) world.print(`${verdict.explain()}\n\n`);
      }
      results.push({ id, ...verdict });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'STATEWIRE_JOURNAL_INCOMPLETE') throw error;
      counts.incomplete++;
      results.push({ id, same: null, reason: (error as Error).message });
      if (!parsed.has('json')) world.print(`${(error as Error).message}\n`);
    }
  }
  if (parsed.has('json')) world.print(`${JSON.stringify(results)}\n`);
  else {
    world.print(`${counts.same} equal, ${counts.different} different, ${counts.incomplete} incomplete\n`);
    if (counts.different > 0 && read.changed.length > 0) {
      world.print(`Since it was recorded, these machines have changed: ${read.changed.join(', ')}\n`);
    }
  }
  return counts.different > 0 ? 1 : 0;
}

async function write(
  library: typeof Library,
  read: Library.ReadJournal,
  chosen: readonly Connection[],
  format: Format,
  parsed: Parsed,
  world: World,
): Promise<number> {
  const out = outOf(parsed, world);
  let left = 0;
  const onLeftOut = ({ id }: Connection, error: Error): void => {
    left++;
    world.printError(`statewire: ${id} is left out: ${error.message}\n`);
  };
  if (format === 'pcapng' && out === undefined) throw new Misuse('pcapng is not text: give a file with --out');
  const parts = partsOf(library, read, chosen, format, onLeftOut);
  if (out === undefined) {
    for await (const part of parts) {
      world.print(String(part));
      await world.hasRoom?.();
    }
  } else {
    await pipeline(parts, createWriteStream(out));
    world.printError(`${out}: ${chosen.length - left} connections\n`);
  }
  return left > 0 && left === chosen.length ? 1 : 0;
}

async function* partsOf(
  library: typeof Library,
  read: Library.ReadJournal,
  chosen: readonly Connection[],
  format: Format,
  onLeftOut: (connection: Connection, error: Error) => void,
): AsyncGenerator<string | Buffer> {
  if (format === 'har') yield* library.toHarText(read, chosen, onLeftOut);
  else if (format === 'pcapng') yield* library.toPcapng(read, chosen, onLeftOut);
  else yield* library.toOtlpText(chosen, onLeftOut);
}

async function toTest(
  library: typeof Library,
  chosen: readonly Connection[],
  parsed: Parsed,
  world: World,
): Promise<number> {
  const [connection, ...more] = chosen;
  if (connection === undefined || more.length > 0)
    throw new Misuse(`to-test takes one connection, not ${chosen.length}`);
  const text = await library.testOf(connection);
  const out = outOf(parsed, world);
  if (out === undefined) world.print(text);
  else writeFileSync(out, text);
  return 0;
}

/** `readJournal()`: the connections of a file. */
import { invalidArgType, invalidArgValue } from '../api/compat/errors.js';
import { validateArray, validateFunction, validateOptions, validateString } from '../api/compat/validate.js';
import { Checksums, damage } from './checksums.js';
import { JournalError } from './errors.js';
import type { Header } from './file.js';
import { chartHashes } from './file.js';
import { type Frame, lineName } from './frames.js';
import { heldOf, streamOf } from './framesOf.js';
import { FrameWindow } from './frameWindow.js';
import { type Gathered, Lines } from './gather.js';
import type { Ended } from './line.js';
import type { Held, Replayable } from './run.js';
import { Scanner, type Torn } from './scan.js';
import { VERSION } from './version.js';

/** What a file says about itself. */
export type { Header } from './file.js';
export type { Torn } from './scan.js';

/** Which connections are looked for. */
export interface ConnectionFilter {
  /** A code of an exchange, as 'RW', or a part of it: 'R*', '*W'. Default: any, and connections without. */
  readonly ending?: string | undefined;
  /** The beginning of a path. */
  readonly path?: string | undefined;
  /** Those that have begun since: in ms since 1970, or a Date. */
  readonly since?: number | Date | undefined;
  /** Names: `s12`, `c7`. */
  readonly id?: string | undefined;
}

/** A connection, or a request that never had one, as it was recorded. */
export class RecordedConnection {
  /** `s12`, `c7`, `q5`. */
  readonly id: string;
  /** Whose connection it is. */
  readonly role: 'server' | 'client';
  /** Addresses of both ends, if they are known. */
  readonly remote: readonly [address: string, port: number] | undefined;
  /** That of this end. */
  readonly local: readonly [address: string, port: number] | undefined;
  /** TLS is below. */
  readonly isTls: boolean;
  /** When its first frame was recorded. */
  readonly since: Date;
  /** How long it was recorded, in ms. */
  readonly ms: number;
  /** How its exchanges have ended. */
  readonly exchanges: readonly Ended[];
  /** How many frames it has. */
  readonly size: number;
  /** Why it can't be replayed; undefined if it can. */
  readonly gap: string | undefined;
  private readonly gathered: Gathered;
  /** @internal */
  readonly journal: ReadJournal;

  /** @internal */
  constructor(journal: ReadJournal, gathered: Gathered) {
    const { line, opening, first, last, ended, frames, gap } = gathered;
    const ofClient = opening === undefined ? line % 2 === 1 : opening.role === 'client';
    this.journal = journal;
    this.gathered = gathered;
    this.role = ofClient ? 'client' : 'server';
    this.id = lineName(line, this.role);
    this.remote = opening?.remote;
    this.local = opening?.local;
    this.isTls = opening?.isTls === true;
    this.since = new Date(journal.header.date + (first - journal.header.begins) / 1000);
    this.ms = (last - first) / 1000;
    this.exchanges = ended;
    this.size = frames;
    this.gap = gap;
  }

  /** The frames, with what belongs together joined. They are read anew each time. */
  async frames(): Promise<readonly Frame[]> {
    return (await heldOf(this.journal.file, [this.gathered])).frames;
  }

  /** @internal The same, one after the other. */
  each(): Iterable<Frame> {
    return streamOf(this.journal.file, [this.gathered], () => {});
  }

  /** @internal And those of the connections that are replayed with it. */
  eachOfGroup(): Iterable<Frame> {
    return streamOf(this.journal.file, this.gathered.group, () => {});
  }

  /** @internal Whether a frame is one of its own. */
  get owns(): (frame: Frame) => boolean {
    const { line, requests } = this.gathered;
    const lines = new Set([line, ...requests]);
    return (frame) => lines.has(frame.line);
  }

  /** @internal */
  async replayable(): Promise<Held> {
    const { frames, sums } = await heldOf(this.journal.file, this.checked());
    return { ...this.replayed, frames, damage: (given) => damage(given, sums, this.journal.torn !== undefined) };
  }

  /** @internal The same in bounded memory, for one replay; all of it if several connections are replayed. */
  async streamed(): Promise<Replayable> {
    const group = this.checked();
    if (group.length > 1) return this.replayable();
    const sums = new Checksums(this.journal.torn !== undefined);
    const all = streamOf(this.journal.file, group, (...sum) => sums.compare(...sum));
    const frames = new FrameWindow(this.gathered.isWhole ? sums.adding(all) : all);
    return { ...this.replayed, frames, damage: () => sums.difference };
  }

  private get replayed(): Pick<Replayable, 'line' | 'openings' | 'keeps' | 'late'> {
    const { header } = this.journal;
    const { line, group } = this.gathered;
    const openings = new Map(group.map((each) => [each.line, each.opening]));
    const late = (of: number, exchange: number): boolean =>
      group.some((each) => each.line === of && each.late?.has(exchange));
    return { line, openings, late, keeps: header.bytes === 'raw' && !header.isRedacted };
  }

  /** @throws STATEWIRE_JOURNAL_INCOMPLETE */
  private checked(): readonly Gathered[] {
    if (this.gap !== undefined) {
      throw new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', `${this.id} can't be replayed: ${this.gap}`);
    }
    if (this.journal.header.bytes === 'none') {
      const message = `${this.id} can't be replayed: no bytes were kept. Record with bytes: 'heads'; replayStates() needs none`;
      throw new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', message);
    }
    return this.gathered.group;
  }

  /** @internal Whether content was kept, and nothing is masked. */
  get hasContent(): boolean {
    const { bytes, isRedacted } = this.journal.header;
    return !isRedacted && (bytes === 'bodies' || bytes === 'raw');
  }

  /** @internal Its number in the file. */
  get line(): number {
    return this.gathered.line;
  }

  /** @internal A request that never had a connection. */
  get isUnconnected(): boolean {
    return this.line % 2 === 1;
  }

  /** @internal From its first frame to its last, in µs on the clock of the journal. */
  get span(): readonly [from: number, until: number] {
    const { first, last } = this.gathered;
    return [first, last];
  }

  /** @internal The connections of clients that were there at the same time, and can be replayed. */
  clientsMeanwhile(): readonly RecordedConnection[] {
    const [from, until] = this.span;
    return this.journal
      .connections()
      .filter(({ role, gap, span }) => role === 'client' && gap === undefined && span[0] <= until && span[1] >= from);
  }

  /** `s12 GET /a 200 --, 31 ms`. */
  toString(): string {
    const { id, exchanges } = this;
    const last = exchanges.at(-1);
    return last === undefined ? `${id}, ${this.size} frames` : `${id} ${last.what} ${last.status ?? '-'} ${last.code}`;
  }
}

/** @throws ERR_INVALID_ARG_TYPE */
export function validateConnection(connection: unknown): void {
  if (!(connection instanceof RecordedConnection))
    throw invalidArgType('connection', 'a connection of readJournal()', connection);
}

/**
 * The connections of an export: by default all.
 * @throws ERR_INVALID_ARG_TYPE
 */
export function chosenOf(
  journal: ReadJournal,
  connections: readonly RecordedConnection[] | undefined,
): readonly RecordedConnection[] {
  if (!(journal instanceof ReadJournal)) throw invalidArgType('journal', 'a journal of readJournal()', journal);
  if (connections === undefined) return journal.connections();
  validateConnections(connections);
  return connections;
}

/** @throws ERR_INVALID_ARG_TYPE */
export function validateConnections(connections: unknown): void {
  validateArray(connections, 'connections');
  for (const each of connections as unknown[]) validateConnection(each);
}

/** What is called while a file is read. @param done from 0 to 1 */
type Progress = (done: number) => void;

/** Options of {@link readJournal}. */
export interface ReadOptions {
  /** Called after each part, with what was read so far: from 0 to 1. */
  readonly onProgress?: Progress | undefined;
}

/** A journal that was read from a file. */
export class ReadJournal {
  /** What the file says about itself. */
  readonly header: Header;
  /** Where the file is cut or damaged: what comes then was not read. */
  readonly torn: Torn | undefined;
  private readonly all: readonly RecordedConnection[];
  /** @internal */
  readonly file: string;

  /** @internal */
  constructor(file: string, header: Header, torn: Torn | undefined, gathered: readonly Gathered[]) {
    this.file = file;
    this.header = header;
    this.torn = torn;
    this.all = gathered
      .map((each) => new RecordedConnection(this, each))
      .sort((a, b) => a.since.valueOf() - b.since.valueOf());
  }

  /** Which machines have changed since it was recorded, by their names. A replay may then differ. */
  get changed(): readonly string[] {
    const ours = chartHashes();
    return Object.entries(this.header.charts ?? {}).flatMap(([name, hash]) => (ours[name] === hash ? [] : [name]));
  }

  /** Whether it was recorded by another version of statewire. */
  get isOfOtherVersion(): boolean {
    return this.header.version !== VERSION;
  }

  /**
   * The connections, those that began first first.
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
   */
  connections(filter: ConnectionFilter = {}): readonly RecordedConnection[] {
    validateOptions(filter, ['ending', 'path', 'since', 'id'], 'filter');
    const { ending, path, since, id } = filter;
    for (const [name, text] of Object.entries({ ending, path, id })) {
      if (text !== undefined) validateString(text, `filter.${name}`);
    }
    if (ending !== undefined && !/^[PRUTESD*-][QCHBWAFI*-]$/.test(ending))
      throw invalidArgValue('filter.ending', ending, "must be two letters of docs/endings.md, or a part as 'R*'");
    if (since !== undefined) {
      if (typeof since !== 'number' && !(since instanceof Date))
        throw invalidArgType('filter.since', ['number', 'Date'], since);
      if (Number.isNaN(Number(since))) throw invalidArgValue('filter.since', since, 'must be a time');
    }
    const code = ending === undefined ? undefined : new RegExp(`^${ending.replaceAll('*', '.')}$`);
    return this.all.filter((each) => {
      if (id !== undefined && each.id !== id) return false;
      if (since !== undefined && each.since.valueOf() + each.ms < Number(since)) return false;
      if (code === undefined && path === undefined) return true;
      return each.exchanges.some(
        (ended) => (code?.test(ended.code) ?? true) && (path === undefined || ended.path?.startsWith(path) === true),
      );
    });
  }
}

/**
 * Reads a journal. It is read once, segment by segment, whatever its size; frames of a connection are read when they are asked for.
 *
 * @param file its name
 * @throws rejects with a {@link JournalError}: STATEWIRE_JOURNAL_FOREIGN, STATEWIRE_JOURNAL_NEWER, STATEWIRE_JOURNAL_DAMAGED; with
 * errors of the file system, and ERR_INVALID_ARG_TYPE. A file that is cut is read as far as it goes (`torn`)
 */
export async function readJournal(file: string, options: ReadOptions = {}): Promise<ReadJournal> {
  validateString(file, 'file');
  validateOptions(options, ['onProgress']);
  if (options.onProgress !== undefined) validateFunction(options.onProgress, 'options.onProgress');
  const scanner = await Scanner.open(file);
  const lines = new Lines();
  try {
    for await (const { place, frames } of scanner.segments()) {
      for (const frame of frames) lines.add(frame, place);
      options.onProgress?.((place.at + place.length) / scanner.size);
    }
    return new ReadJournal(file, scanner.header, scanner.torn, lines.finish());
  } finally {
    await scanner.close();
  }
}

/** `record()`: the journal of this process. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { invalidArgType } from '../api/compat/errors.js';
import {
  validateArray,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
  validateOneOf,
  validateOptions,
  validateString,
} from '../api/compat/validate.js';
import { stepper, useStepper } from '../engine/step.js';
import { moment, now, throwAtTurnEnd, timeOfDay } from '../io/clock.js';
import { recorder, useRecorder } from '../io/record.js';
import { collect, type Source } from './collect.js';
import { JournalError } from './errors.js';
import { beginFile, chartHashes, endFile, FORMAT, type Header, words } from './file.js';
import { Keeper } from './keeper.js';
import type { Ended, Line } from './line.js';
import { Policy, type RedactOptions } from './mask.js';
import type { Bytes } from './opening.js';
import { Recording } from './recording.js';
import { Redactor } from './redactor.js';
import { Ring } from './ring.js';
import { Outflow, type Sink } from './sink.js';
import { soon } from './turns.js';
import { VERSION } from './version.js';

export type { Ended } from './line.js';
export type { RedactOptions } from './mask.js';
export type { Bytes } from './opening.js';
export type { SegmentMeta, Sink } from './sink.js';

/** Options of {@link record}. */
export interface RecordOptions {
  /** How many bytes of memory the journal takes at most. Default 64 MiB, at least 64 KiB. */
  readonly keep?: number | undefined;
  /**
   * What is kept of bytes. 'none': only lengths; states can be replayed. 'heads': heads and framing. 'bodies': content, too. 'raw': as
   * 'bodies', and hashes of what was written. Default 'heads'.
   */
  readonly bytes?: Bytes | undefined;
  /** Which connections `save()` takes: those with an exchange for which it returns true. Default: all. */
  readonly where?: ((ended: Ended) => boolean) | undefined;
  /** Mask secrets in what leaves the process. False: not at all. Default true. */
  readonly redact?: boolean | RedactOptions | undefined;
}

/** Options of {@link Journal.save}. */
export interface SaveOptions {
  /** As that of `record()`, which it replaces. */
  readonly where?: ((ended: Ended) => boolean) | undefined;
}

/** What was saved. */
export interface Saved {
  /** How many bytes the file has. */
  readonly bytes: number;
}

const SMALLEST = 64 * 1024;
/** The shares of `keep`: frames, those of connections that are not over, and what is known of connections. */
const RING = 0.6;
const KEEPER = 0.15;
const LINES = 0.2;
const modes = ['none', 'heads', 'bodies', 'raw'] as const;

const ignore = (): void => {};

/** The journal of this process. {@link record} makes it. */
export class Journal {
  private readonly source: Source;
  private readonly bytes: Bytes;
  private readonly where: ((ended: Ended) => boolean) | undefined;
  private readonly policy: Policy | undefined;
  private readonly date = timeOfDay();
  private readonly begins = now() * 1000;
  private isOn = true;
  /** The files that are being written. */
  private readonly saving = new Map<string, Promise<void>>();
  private outflow: Outflow | undefined;
  /** How many segments a slow sink has missed. */
  dropped = 0;
  /** Called when an exchange has ended. */
  private readonly watchers = new Set<(ended: Ended) => void>();

  /** @internal */
  constructor({ keep = 64 << 20, bytes = 'heads', where, redact = true }: RecordOptions) {
    this.bytes = bytes;
    this.where = where;
    this.policy = redact === false ? undefined : new Policy(redact === true ? {} : redact);
    const ring: Ring<Line> = new Ring<Line>(Math.floor(keep * RING), (segment) => keeper.keep(segment));
    const recording = new Recording({
      ring,
      bytes,
      linesSize: keep * LINES,
      onEnd: (ended) => this.watch(ended),
      onMark: (line) => keeper.marked(line),
    });
    const keeper: Keeper = new Keeper(Math.floor(keep * KEEPER), recording.lines);
    this.source = { recording, ring, keeper };
    useRecorder(recording);
    useStepper(recording);
  }

  private watch(ended: Ended): void {
    for (const watch of this.watchers) {
      try {
        watch(ended);
      } catch (error) {
        throwAtTurnEnd(error);
      }
    }
  }

  /** How many frames were lost although their connection was not over: `keep` was too little. */
  get lost(): number {
    return this.source.keeper.lost;
  }

  /** Whether it records. */
  get recording(): boolean {
    return this.isOn;
  }

  private get header(): Header {
    return {
      format: FORMAT,
      version: VERSION,
      node: process.version,
      platform: process.platform,
      pid: process.pid,
      date: this.date,
      begins: this.begins,
      bytes: this.bytes,
      isRedacted: this.policy !== undefined,
      charts: chartHashes(),
      words,
    };
  }

  /** The numbers of the lines of connections with such an exchange. */
  private choose(where: ((ended: Ended) => boolean) | undefined): ReadonlySet<number> {
    const { lines } = this.source.recording;
    const all = [...lines.values()];
    if (where === undefined) return new Set(all.map(({ number }) => number));
    const owners = new Set<Line>();
    for (const line of all) if (line.ended.some((each) => where(each))) owners.add(line.owner ?? line);
    // Connections with requests that were sent again are replayed together.
    const groups = all
      .filter(({ before }) => before.length > 0)
      .map((line) => [line, ...line.before.flatMap((number) => lines.get(number) ?? [])]);
    for (let count = -1; count < owners.size; ) {
      count = owners.size;
      for (const group of groups)
        if (group.some((line) => owners.has(line))) for (const line of group) owners.add(line);
    }
    return new Set(all.filter((line) => owners.has(line.owner ?? line)).map(({ number }) => number));
  }

  /**
   * Writes what is kept to a file, which may be replayed: docs/journal.md. It works in slices, and doesn't hold up requests. While the
   * same file is being written, it waits.
   *
   * @param file its name; usually it ends with `.swj`
   * @throws ERR_INVALID_ARG_TYPE; rejects with what `where` throws, and with errors of the file system
   */
  async save(file: string, options: SaveOptions = {}): Promise<Saved> {
    validateString(file, 'file');
    const segments = this.check(options);
    const path = resolve(file);
    const before = this.saving.get(path);
    const saved = before === undefined ? this.write(path, segments) : before.then(() => this.write(path, segments));
    const done = saved.then(ignore, ignore);
    this.saving.set(path, done);
    try {
      return await saved;
    } finally {
      if (this.saving.get(path) === done) this.saving.delete(path);
    }
  }

  private async write(file: string, segments: ReturnType<typeof collect>): Promise<Saved> {
    const handle = await open(file, 'w');
    let bytes = 0;
    const write = async (data: Buffer): Promise<void> => {
      bytes += data.length;
      await handle.writeFile(data);
    };
    try {
      await write(beginFile(this.header));
      for (const segment of segments) {
        if (segment === undefined) await soon();
        else await write(segment);
      }
      await write(endFile({ lost: this.lost }));
    } finally {
      await handle.close();
    }
    return { bytes };
  }

  /**
   * As `save`, at once: for a process that ends.
   * @throws as `save` rejects
   */
  saveSync(file: string, options: SaveOptions = {}): Saved {
    validateString(file, 'file');
    const segments = this.check(options);
    const descriptor = openSync(file, 'w');
    let bytes = 0;
    const write = (data: Buffer): void => {
      for (let at = 0; at < data.length; ) at += writeSync(descriptor, data, at);
      bytes += data.length;
    };
    try {
      write(beginFile(this.header));
      for (const segment of segments) if (segment !== undefined) write(segment);
      write(endFile({ lost: this.lost }));
    } finally {
      closeSync(descriptor);
    }
    return { bytes };
  }

  /** @returns what is to be saved. `where` may throw: the file is still as it was */
  private check(options: SaveOptions): ReturnType<typeof collect> {
    validateOptions(options, ['where']);
    const { where = this.where } = options;
    if (where !== undefined) validateFunction(where, 'options.where');
    return collect(this.source, this.choose(where), this.policy);
  }

  /**
   * Hands each full segment to `sink`: first the beginning of a file, then parts of it, so that a sink may append them. A sink that is
   * slow, or rejects, misses segments (`dropped`); no request waits for it. It takes the place of the sink before.
   *
   * @param sink an object with `write(segment, meta)`, or a stream; errors of a stream are dropped segments, and are not thrown
   * @returns stops it
   * @throws ERR_INVALID_ARG_TYPE
   */
  to(sink: Sink): () => void;
  to(sink: Writable): () => void;
  to(sink: Sink | Writable): () => void {
    validateObject(sink, 'sink');
    validateFunction(sink.write, 'sink.write');
    this.outflow?.stop();
    const settings = {
      ring: this.source.ring,
      redactor: this.policy === undefined ? undefined : new Redactor(this.policy),
      begin: () => beginFile(this.header),
      drop: () => ++this.dropped,
    };
    const outflow = new Outflow(sink, settings, this.dropped);
    this.outflow = outflow;
    return () => {
      if (this.outflow !== outflow) return;
      this.outflow = undefined;
      outflow.stop();
    };
  }

  /** Hands what isn't full yet to the sink, when it has taken what it was handed before. Resolves when it has taken that, too. */
  async flush(): Promise<void> {
    const { outflow } = this;
    await outflow?.handing;
    this.source.recording.flush();
    this.source.ring.seal(Math.floor(moment * 1000));
    await outflow?.handing;
    if (!this.isOn) await outflow?.rest();
  }

  /**
   * Calls `listener` when an exchange has ended.
   * @returns stops it
   */
  onEnded(listener: (ended: Ended) => void): () => void {
    validateFunction(listener, 'listener');
    const watch = (ended: Ended) => listener(ended);
    this.watchers.add(watch);
    return () => this.watchers.delete(watch);
  }

  /** Records no more. What is kept can still be saved. May be called repeatedly. */
  stop(): void {
    if (!this.isOn) return;
    this.isOn = false;
    const { recording } = this.source;
    recording.flush();
    recording.stop();
    if (recorder === recording) useRecorder(undefined);
    if (stepper === recording) useStepper(undefined);
    void this.outflow?.rest();
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

/**
 * Records from now on what crosses the boundary of statewire: bytes, facts of sockets, calls of the program. It keeps the latest of it
 * in memory, and of connections that are not over what is older. See docs/journal.md.
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE; STATEWIRE_JOURNAL_RECORDING if there is another one
 */
export function record(options: RecordOptions = {}): Journal {
  validateOptions(options, ['keep', 'bytes', 'where', 'redact']);
  const { keep, bytes, where, redact } = options;
  if (keep !== undefined) validateInteger(keep, 'options.keep', SMALLEST, 2 ** 40);
  if (bytes !== undefined) validateOneOf(bytes, 'options.bytes', modes);
  if (where !== undefined) validateFunction(where, 'options.where');
  if (redact !== undefined && typeof redact !== 'boolean') {
    if (typeof redact !== 'object' || redact === null)
      throw invalidArgType('options.redact', ['boolean', 'object'], redact);
    validateOptions(redact, ['fields', 'query', 'correlate'], 'options.redact');
    for (const list of ['fields', 'query'] as const) {
      const names = redact[list];
      if (names === undefined) continue;
      validateArray(names, `options.redact.${list}`);
      for (const name of names) validateString(name, `options.redact.${list}`);
    }
    if (redact.correlate !== undefined) validateBoolean(redact.correlate, 'options.redact.correlate');
  }
  if (recorder !== undefined) {
    throw new JournalError('STATEWIRE_JOURNAL_RECORDING', 'This process records a journal already: stop() it first');
  }
  return new Journal(options);
}

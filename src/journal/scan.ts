/** Reads the parts of a file one by one, in bounded memory. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { JournalError } from './errors.js';
import {
  FORMAT,
  HEADER,
  type Header,
  INDEX,
  inflateSegment,
  LARGEST_PART,
  MAGIC,
  PART_HEAD,
  SEGMENT,
  words,
} from './file.js';
import { BadFrame, type Frame, FrameReader } from './frames.js';

/** Where a segment is in its file. */
export interface Place {
  readonly at: number;
  readonly length: number;
}

/** Where a file can't be read any more. */
export interface Torn {
  /** The offset, in bytes. */
  readonly at: number;
  /** Why, in words. */
  readonly reason: string;
}

const LARGEST_HEADER = 1 << 20;
/** So many frames in a byte that is deflated are none of a journal: it has less than one. */
const DENSEST = 4;
const LEAST_FRAMES = 10_000;
/** In ms since 1970, and on the clock of the engine in µs: what is later can't be a Date. */
const LATEST = 2 ** 42;

/** A file that is open. */
export class Scanner {
  readonly size: number;
  private readonly handle: FileHandle;
  private readonly name: string;
  header!: Header;
  /** Where the first segment is. */
  private first = 0;
  torn: Torn | undefined;
  isFinished = false;

  private constructor(handle: FileHandle, name: string, size: number) {
    this.handle = handle;
    this.name = name;
    this.size = size;
  }

  /** @throws JournalError, and errors of the file system */
  static async open(name: string): Promise<Scanner> {
    // Opening a pipe waits for whoever writes to it.
    if ((await stat(name)).isFIFO())
      throw new JournalError('STATEWIRE_JOURNAL_FOREIGN', `${name} is a pipe, and no file`);
    const handle = await open(name, 'r');
    try {
      const { size } = await handle.stat();
      const scanner = new Scanner(handle, name, size);
      await scanner.begin();
      return scanner;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async read(at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - at)));
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, done, buffer.length - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  private async begin(): Promise<void> {
    const magic = await this.read(0, MAGIC.length);
    if (!magic.equals(MAGIC)) {
      const isCut = magic.length < MAGIC.length && MAGIC.subarray(0, magic.length).equals(magic);
      const why = isCut ? 'it ends before a journal begins' : 'it does not begin as one';
      throw new JournalError('STATEWIRE_JOURNAL_FOREIGN', `${this.name} is no journal: ${why}`);
    }
    const part = await this.part(MAGIC.length);
    if (part === undefined || part.kind !== HEADER || part.body.length > LARGEST_HEADER) {
      throw new JournalError('STATEWIRE_JOURNAL_DAMAGED', `${this.name} is cut or damaged in its header`);
    }
    this.header = headerOf(part.body, this.name);
    this.first = part.next;
  }

  /** @returns undefined, and notes why, if it is cut or damaged */
  private async part(at: number): Promise<{ kind: number; body: Buffer; next: number } | undefined> {
    const head = await this.read(at, PART_HEAD);
    if (head.length < PART_HEAD) return this.tear(at, 'the file is cut');
    const kind = head[0]!;
    const length = head.readUInt32LE(1);
    if (kind !== HEADER && kind !== SEGMENT && kind !== INDEX) return this.tear(at, 'no part of a journal begins here');
    if (length > LARGEST_PART) return this.tear(at, 'a part is too large');
    if (at + PART_HEAD + length > this.size) return this.tear(at, 'the file is cut');
    const body = await this.read(at + PART_HEAD, length);
    if (body.length < length) return this.tear(at, 'the file is cut');
    if (crc32(body) !== head.readUInt32LE(5)) return this.tear(at, 'a checksum is wrong');
    return { kind, body, next: at + PART_HEAD + length };
  }

  private tear(at: number, reason: string): undefined {
    this.torn ??= { at, reason };
    return undefined;
  }

  /** The segments, with their frames. Ends where the file is torn. */
  async *segments(): AsyncGenerator<{ readonly place: Place; readonly frames: Frame[] }> {
    this.torn = undefined;
    let at = this.first;
    while (at < this.size) {
      const part = await this.part(at);
      if (part === undefined) return;
      if (part.kind === INDEX) {
        this.isFinished = true;
        return;
      }
      if (part.kind === SEGMENT) {
        const frames = this.framesOf(part.body, at);
        if (frames === undefined) return;
        yield { place: { at, length: part.next - at }, frames };
      }
      at = part.next;
    }
    if (!this.isFinished) this.tear(at, 'the file was not finished');
  }

  private framesOf(body: Buffer, at: number): Frame[] | undefined {
    try {
      return framesIn(body);
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
      return this.tear(at, error.message);
    }
  }
}

/** @throws BadFrame */
function framesIn(body: Buffer): Frame[] {
  const segment = inflateSegment(body);
  if (segment === undefined) throw new BadFrame('a segment can not be inflated');
  const reader = new FrameReader(segment.frames, segment.frames.length, segment.begins);
  const frames: Frame[] = [];
  const most = LEAST_FRAMES + body.length * DENSEST;
  while (!reader.isAtEnd) {
    if (frames.length >= most) throw new BadFrame('a segment has more frames than a journal can have');
    frames.push(reader.next());
  }
  return frames;
}

/**
 * The frames of segments that were read before: at once, for a replay, in which nothing else may run.
 * @throws BadFrame, and errors of the file system
 */
export function* framesAt(name: string, places: readonly Place[]): Generator<Frame, void> {
  const descriptor = openSync(name, 'r');
  try {
    for (const { at, length } of places) {
      const body = Buffer.allocUnsafe(length - PART_HEAD);
      let done = 0;
      while (done < body.length) {
        const count = readSync(descriptor, body, done, body.length - done, at + PART_HEAD + done);
        if (count === 0) throw new BadFrame('the file is shorter than it was');
        done += count;
      }
      yield* framesIn(body);
    }
  } finally {
    closeSync(descriptor);
  }
}

function headerOf(body: Buffer, name: string): Header {
  let header: Header | undefined;
  try {
    header = JSON.parse(body.toString('utf8')) as Header;
  } catch {
    // As one that has no format.
  }
  if (typeof header !== 'object' || header === null || !Number.isInteger(header.format)) {
    throw new JournalError('STATEWIRE_JOURNAL_DAMAGED', `${name} has no readable header`);
  }
  const isNewer = header.format > FORMAT || !isPrefix(header.words, words);
  if (isNewer) {
    const by = typeof header.version === 'string' ? `statewire ${header.version}` : 'a later statewire';
    throw new JournalError(
      'STATEWIRE_JOURNAL_NEWER',
      `${name} was written by ${by}: read it with that version or a later one`,
    );
  }
  const { date, begins, bytes } = header;
  const isTime = (value: unknown, most: number): boolean => typeof value === 'number' && value >= 0 && value <= most;
  if (!isTime(date, LATEST) || !isTime(begins, LATEST * 1000) || typeof bytes !== 'string') {
    throw new JournalError('STATEWIRE_JOURNAL_DAMAGED', `${name} has a header that says nothing`);
  }
  return header;
}

/** Whether all words of a file are known. */
function isPrefix(theirs: unknown, ours: typeof words): boolean {
  if (typeof theirs !== 'object' || theirs === null) return false;
  return Object.entries(ours).every(([name, list]) => {
    const their = (theirs as Record<string, unknown>)[name];
    return Array.isArray(their) && their.every((word, at) => isEqual(word, list[at]));
  });
}

const isEqual = (one: unknown, other: string | readonly string[] | undefined): boolean =>
  Array.isArray(one) && Array.isArray(other)
    ? one.length === other.length && one.every((each, at) => each === other[at])
    : one === other;

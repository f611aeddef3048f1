/**
 * The file of a journal, `.swj`:
 *
 * | part    | bytes                                                                                                    |
 * | ------- | -------------------------------------------------------------------------------------------------------- |
 * | magic   | 89 53 57 4a 0d 0a 1a 0a                                                                                  |
 * | header  | `H`, length (u32), CRC-32 (u32), JSON: versions, hashes of the charts, words, what was kept of bytes     |
 * | segment | `S`, length (u32), CRC-32 (u32), length when inflated (u32), begin in µs (f64), frames, deflated         |
 * | index   | `I`, length (u32), CRC-32 (u32), JSON, deflated: what is in the file. The last part, if it was finished  |
 *
 * Numbers are little endian. The CRC is that of what follows it. A part that is cut, or whose CRC is wrong, and all that follows is
 * not read.
 */
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { machines } from '../machines/index.js';
import type { Bytes } from './opening.js';
import { CALLED_FOR, CALLS, CHARTS, EVENTS, FACTS } from './vocabulary.js';

export const MAGIC = Buffer.from([0x89, 0x53, 0x57, 0x4a, 0x0d, 0x0a, 0x1a, 0x0a]);
/** The version of the format. A reader refuses a later one. */
export const FORMAT = 1;
export const HEADER = 0x48;
export const SEGMENT = 0x53;
export const INDEX = 0x49;
/** Of the bytes before what a part has. */
export const PART_HEAD = 9;
const SEGMENT_HEAD = 12;
/** No part is larger, neither deflated nor inflated. */
export const LARGEST_PART = 64 << 20;

/** What a file says about itself. */
export interface Header {
  /** The version of the format. */
  readonly format: number;
  /** The version of statewire. */
  readonly version: string;
  /** The version of Node. */
  readonly node: string;
  /** As `process.platform`. */
  readonly platform: string;
  /** Of the process. */
  readonly pid: number;
  /** When recording began: in ms since 1970, and in µs on the engine's clock. */
  readonly date: number;
  /** When recording began, in µs on the engine's clock. */
  readonly begins: number;
  /** What was kept of bytes. */
  readonly bytes: Bytes;
  /** Secrets were masked. */
  readonly isRedacted: boolean;
  /** A hash of each machine. */
  readonly charts: Readonly<Record<string, string>>;
  /** What the numbers in it mean. */
  readonly words: Words;
}

/** The lists of vocabulary.ts. */
export interface Words {
  readonly charts: readonly string[];
  readonly facts: readonly string[];
  readonly calls: readonly string[];
  readonly calledFor: readonly string[];
  readonly events: readonly (readonly string[])[];
}

export const words: Words = { charts: CHARTS, facts: FACTS, calls: CALLS, calledFor: CALLED_FOR, events: EVENTS };

let hashes: Record<string, string> | undefined;

/** By the names of the machines. */
export function chartHashes(): Record<string, string> {
  hashes ??= Object.fromEntries(
    Object.entries(machines).map(([name, { config }]) => [
      name,
      createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16),
    ]),
  );
  return hashes;
}

function part(kind: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(PART_HEAD);
  head[0] = kind;
  head.writeUInt32LE(body.length, 1);
  head.writeUInt32LE(crc32(body), 5);
  return Buffer.concat([head, body]);
}

/** The beginning of a file. */
export const beginFile = (header: Header): Buffer =>
  Buffer.concat([MAGIC, part(HEADER, Buffer.from(JSON.stringify(header)))]);

/** Frames as a part of a file. @param begins when they begin, in µs */
export function segmentOf(frames: Buffer, begins: number): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD);
  head.writeUInt32LE(frames.length, 0);
  head.writeDoubleLE(begins, 4);
  return part(SEGMENT, head, deflateRawSync(frames, { level: 1 }));
}

/** The end of a file. */
export const endFile = (index: object): Buffer => part(INDEX, deflateRawSync(Buffer.from(JSON.stringify(index))));

/** @returns undefined if it can't be */
export function inflateSegment(body: Buffer): { readonly frames: Buffer; readonly begins: number } | undefined {
  if (body.length < SEGMENT_HEAD) return undefined;
  const length = body.readUInt32LE(0);
  const begins = body.readDoubleLE(4);
  if (length > LARGEST_PART || !(begins >= 0 && begins <= Number.MAX_SAFE_INTEGER)) return undefined;
  try {
    const frames = inflateRawSync(body.subarray(SEGMENT_HEAD), { maxOutputLength: Math.max(1, length) });
    return frames.length === length ? { frames, begins } : undefined;
  } catch {
    return undefined;
  }
}

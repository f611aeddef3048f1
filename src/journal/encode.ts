/** Writes frames as objects: the other way round than frames.ts. For what leaves the process, and for tests. */
import { crc32 } from 'node:zlib';
import { kinds } from './flags.js';
import type { Frame, Payload, Piece } from './frames.js';
import type { Ended } from './line.js';
import { Pen } from './pen.js';
import * as v from './vocabulary.js';
import { ended as writeEnded } from './write.js';

const HEAD = 40;
const MORE_SIZE = 32 * 1024;

const kept = (pieces: readonly Piece[]): number => pieces.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);

/** How many bytes the frame takes at most. */
function roomOf({ text, more, pieces, payload, ended }: Frame): number {
  const said = ended === undefined ? 0 : 3 * (ended.what.length + (ended.path?.length ?? 0)) + 64;
  const texts = Buffer.byteLength(text) + Buffer.byteLength(more) + said;
  return HEAD * 2 + texts + kept(pieces) + pieces.length * 8 + (payload?.bytes?.length ?? 0);
}

/** How many frames of a line have one checksum. */
const SUMMED = 32;

interface Sum {
  hash: number;
  count: number;
  last: Frame;
}

let scratch: Encoder | undefined;

/** The checksum of frames, one after the other. @param before that of the frames before */
export function sumOf(frame: Frame, before: number): number {
  scratch ??= new Encoder(4096, false);
  return scratch.sum(frame, before);
}

/** Frames as the bytes of a segment. */
export class Encoder {
  private readonly pen: Pen;
  private line = -1;
  private time = 0;
  private isEmpty = true;
  /** When the first frame is, in µs. */
  begins = 0;

  private readonly sums: Map<number, Sum> | undefined;

  /** @param size of its buffer at first, in bytes @param hasSums whether checksums are added */
  constructor(size = 64 * 1024, hasSums = true) {
    this.sums = hasSums ? new Map() : undefined;
    this.pen = new Pen(Buffer.allocUnsafe(size));
  }

  get length(): number {
    return this.pen.at;
  }

  /** The bytes since the last call. */
  take(): Buffer {
    const bytes = Buffer.from(this.pen.buffer.subarray(0, this.pen.at));
    this.pen.at = 0;
    this.line = -1;
    this.isEmpty = true;
    return bytes;
  }

  /** The checksum of a frame, after others. */
  sum(frame: Frame, before: number): number {
    this.pen.at = 0;
    this.reserve(roomOf(frame));
    this.pen.byte(frame.kind);
    this.body(this.pen, frame);
    return crc32(this.pen.buffer.subarray(0, this.pen.at), before);
  }

  add(frame: Frame): void {
    if (frame.kind === v.SUM) return;
    this.put(frame);
    if (this.sums === undefined) return;
    const { line } = frame;
    const hash = sumOf(frame, this.sums.get(line)?.hash ?? 0);
    const count = (this.sums.get(line)?.count ?? 0) + 1;
    this.sums.set(line, { hash, count, last: frame });
    if (count >= SUMMED) this.addSum(line);
  }

  /** Adds the checksums that are due. */
  finish(): void {
    for (const line of [...(this.sums?.keys() ?? [])]) this.addSum(line);
  }

  private addSum(line: number): void {
    const sum = this.sums?.get(line);
    if (sum === undefined) return;
    const { hash, last } = sum;
    this.sums?.delete(line);
    this.put({ ...last, kind: v.SUM, hash, isNested: false, pieces: [], payload: undefined });
  }

  private put(frame: Frame): void {
    const { pieces, payload } = frame;
    if (payload?.bytes !== undefined && payload.bytes.length > MORE_SIZE) {
      for (let at = 0; at < payload.bytes.length; at += MORE_SIZE) {
        const bytes = payload.bytes.subarray(at, at + MORE_SIZE);
        this.write({
          ...frame,
          kind: v.MORE,
          payload: undefined,
          pieces: [{ length: bytes.length, bytes }],
          isNested: false,
        });
      }
      this.write({ ...frame, payload: { ...payload, form: payload.form | 4, bytes: undefined } });
      return;
    }
    if (kept(pieces) > MORE_SIZE * 4) {
      for (const piece of pieces) this.write({ ...frame, kind: v.MORE, pieces: [piece], isNested: false });
      this.write({ ...frame, pieces: [] });
      return;
    }
    this.write(frame);
  }

  private write(frame: Frame): void {
    this.reserve(roomOf(frame));
    const { pen } = this;
    if (this.isEmpty) {
      this.begins = frame.at;
      this.time = frame.at;
      this.isEmpty = false;
    }
    const later = Math.max(0, frame.at - this.time);
    const isSame = frame.line === this.line;
    pen.byte(
      frame.kind | (isSame ? v.SAME_LINE : 0) | (later === 0 ? v.SAME_TIME : 0) | (frame.isNested ? v.NESTED : 0),
    );
    if (!isSame) pen.number(frame.line);
    if (later > 0) pen.number(later);
    this.line = frame.line;
    this.time += later;
    this.body(pen, frame);
  }

  private reserve(room: number): void {
    const { pen } = this;
    if (pen.at + room <= pen.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(pen.buffer.length * 2, pen.at + room));
    pen.buffer.copy(larger, 0, 0, pen.at);
    pen.buffer = larger;
  }

  private body(pen: Pen, frame: Frame): void {
    const { exchange, chart, code, value, length, hash, text, more, pieces } = frame;
    switch (frame.kind) {
      case v.OPEN:
      case v.MADE:
      case v.MARK:
      case v.DATE:
        pen.utf8(text);
        break;
      case v.IN:
      case v.MORE:
        writePieces(pen, pieces);
        break;
      case v.FACT:
        pen.byte(code);
        if (v.FACTS[code] !== 'net.failed') break;
        pen.utf8(text);
        pen.utf8(more);
        break;
      case v.CALL:
        writeCall(pen, frame);
        break;
      case v.LANDED:
      case v.RETURN:
        pen.byte(value);
        break;
      case v.DEFERRED:
      case v.ASK:
        pen.number(value);
        break;
      case v.OFFER:
        pen.byte(value);
        pen.utf8(text);
        if (exchange > 0) pen.number(exchange);
        break;
      case v.OTHER:
        pen.byte(code);
        pen.number(exchange);
        pen.byte(chart);
        pen.number(value);
        break;
      case v.POOL:
        pen.number(value);
        pen.number(exchange);
        pen.number(length);
        if (value > 0) break;
        pen.number(frame.bits);
        pen.number(code);
        break;
      case v.STEP:
        pen.number(exchange);
        pen.byte(chart);
        pen.byte(code);
        if (kinds[code]!.hasFlags) pen.number(value);
        break;
      case v.DOOR:
        pen.byte(value);
        pen.byte(code);
        pen.number(length);
        pen.word(hash);
        break;
      case v.WROTE:
        pen.number(length);
        pen.byte(value);
        pen.word(hash);
        break;
      case v.END:
        writeEnded(pen, exchange, chart, frame.ended as Ended);
        break;
      case v.SUM:
        pen.word(hash);
        break;
      case v.GAP:
        pen.byte(code);
        pen.number(value);
        break;
    }
  }
}

function writePieces(pen: Pen, pieces: readonly Piece[]): void {
  pen.number(pieces.length);
  for (const { length, bytes } of pieces) {
    pen.number(length * 2 + (bytes === undefined ? 1 : 0));
    if (bytes !== undefined) pen.bytes(bytes);
  }
}

function writePayload(pen: Pen, { form, hasCallback, length, characters, bytes }: Payload): void {
  const isElsewhere = form > 3;
  const isHole = bytes === undefined && !isElsewhere;
  pen.byte((form & 3) | (hasCallback ? 8 : 0) | (form !== 0 && isHole ? 16 : 0) | (isElsewhere ? 32 : 0));
  if (form === 0) return;
  pen.number(length);
  if ((form & 3) === 2) pen.number(characters);
  if (bytes !== undefined) pen.bytes(bytes);
}

function writeCall(pen: Pen, { exchange, chart, code, value, bits, declared, status, payload, text }: Frame): void {
  pen.number(exchange);
  pen.byte(chart);
  pen.byte(code);
  switch (v.CALLS[code]) {
    case 'user.head':
      pen.byte(value);
      pen.byte(bits);
      pen.number(declared);
      pen.number(status);
      writePayload(pen, payload as Payload);
      break;
    case 'user.inform':
    case 'user.write':
      writePayload(pen, payload as Payload);
      break;
    case 'user.end':
      writePayload(pen, payload as Payload);
      pen.utf8(text);
      break;
    case 'user.destroy':
    case 'user.misused':
    case 'user.abort':
    case 'user.forsake':
      pen.byte(value);
      pen.utf8(text);
      break;
  }
}

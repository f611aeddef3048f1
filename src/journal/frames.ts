/**
 * Frames as objects, and the reader of their bytes. What a frame has after its first byte, its line and its time:
 *
 * | kind     |                                                                                   |
 * | -------- | --------------------------------------------------------------------------------- |
 * | OPEN     | JSON: role, addresses, settings of the server                                     |
 * | IN       | pieces: a number with the length, times two, plus one for a hole; then the bytes. What follows an empty piece is not HTTP; an empty hole: where HTTP ends isn't known |
 * | FACT     | its number; of a failure its code and its message                                 |
 * | CALL     | exchange, machine, number of the call; what it was given                          |
 * | LANDED   | 1 if the write failed                                                             |
 * | DEFERRED | which callback of the line, from 1                                                |
 * | OFFER    | 1 a socket, 2 an error, 4 the socket was used before; code of the error; its exchange if it was sent before |
 * | OTHER    | number in io/record.ts, exchange, machine, a number                               |
 * | MADE     | JSON: what a request was made with                                                |
 * | POOL     | number of the request, exchange, limit of lines (0: none). If it is sent again, 0, and then the connection and the exchange before |
 * | STEP     | exchange, machine, event, flags if the event has any                              |
 * | ASK      | results as bits, the first below a leading 1                                      |
 * | DOOR     | kind of door, what, length and hash of a chunk                                    |
 * | RETURN   | 0 false, 1 true, 2 thrown                                                         |
 * | WROTE    | length, 1 accepted, 2 text; hash                                                  |
 * | DATE     | the text                                                                          |
 * | END      | exchange, machine; code, status, ms, bytes in and out (plus 1), method, path, what |
 * | MARK     | JSON: the state of a connection that is idle                                      |
 * | GAP      | reason, how many frames are missing                                               |
 * | SUM      | hash of the frames of the line since the last SUM                                 |
 * | MORE     | pieces: the first of an IN, or the bytes of another frame                         |
 */
import { kinds } from './flags.js';
import type { Ended } from './line.js';
import * as v from './vocabulary.js';

/** What a message or a chunk has of bytes: all of them, or only how many. */
export interface Payload {
  /** 0 none, 1 latin1, 2 UTF-8, 3 bytes. */
  readonly form: number;
  readonly hasCallback: boolean;
  /** In bytes. */
  readonly length: number;
  /** Characters of a text. */
  readonly characters: number;
  /** Undefined: a hole. */
  readonly bytes: Buffer | undefined;
}

/** How an exchange has ended: the members of `Ended` that are in a frame. */
export type EndedFrame = Omit<Ended, 'id' | 'role'>;

/** A part of a chunk. */
export interface Piece {
  readonly length: number;
  /** Undefined: a hole. */
  readonly bytes: Buffer | undefined;
}

interface Base {
  /** A number of vocabulary.ts. */
  readonly kind: number;
  /** The number of its connection times two; of a request without one, times two, plus one. */
  readonly line: number;
  /** In µs on the engine's clock. */
  readonly at: number;
  /** It came while the engine was working. */
  readonly isNested: boolean;
}

/** All members that frames have, by need. */
export interface Frame extends Base {
  /** The number of its exchange on the connection. */
  readonly exchange: number;
  /** An index of CHARTS. */
  readonly chart: number;
  /** What it is, of its kind: an event, a fact, a call, an input, what is emitted, a reason; of a request that is sent again, the exchange before. */
  readonly code: number;
  /** Flags, a result, a result, a number. */
  readonly value: number;
  /** How many bytes were in it, were written or were pushed. */
  readonly length: number;
  /** Of the bytes. */
  readonly hash: number;
  /** JSON, a code of an error, trailers or a date, by its kind. */
  readonly text: string;
  /** The message of an error. */
  readonly more: string;
  /** Of a chunk. */
  readonly pieces: readonly Piece[];
  /** Of a call. */
  readonly payload: Payload | undefined;
  /** Of a head: bits of the message. Of a request that is sent again: the connection before. */
  readonly bits: number;
  /** Of a head: the length that it declares, plus 1; 0 for none. */
  readonly declared: number;
  /** Of a head: its status. */
  readonly status: number;
  /** Of the end of an exchange. */
  readonly ended: EndedFrame | undefined;
}

/** No socket gives more at once, and no program writes more: a replay takes as much memory. In bytes. */
const LARGEST_CHUNK = 64 << 20;
const LARGEST_WRITE = 2 ** 31;
const MOST_PIECES = 1 << 17;

/** A frame that can't be: the bytes are none of a journal, or damaged. */
export class BadFrame extends Error {}

const NO_PIECES: readonly Piece[] = [];

export class FrameReader {
  private readonly buffer: Buffer;
  private readonly end: number;
  private line = -1;
  private time: number;
  at = 0;

  /** @param begins when the segment begins, in µs */
  constructor(buffer: Buffer, end: number, begins: number) {
    this.buffer = buffer;
    this.end = end;
    this.time = begins;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** @throws BadFrame */
  next(): Frame {
    const first = this.byte();
    const kind = first & 0x1f;
    if ((first & v.SAME_LINE) === 0) this.line = this.number();
    if ((first & v.SAME_TIME) === 0) this.time += this.number();
    if (this.line <= 0) throw new BadFrame('a frame without a line');
    const { line, time: at } = this;
    const body = this.body(kind);
    // All with the same members in the same order: there are millions of them.
    return {
      kind,
      line,
      at,
      isNested: (first & v.NESTED) !== 0,
      exchange: body.exchange ?? 0,
      chart: body.chart ?? 0,
      code: body.code ?? 0,
      value: body.value ?? 0,
      length: body.length ?? 0,
      hash: body.hash ?? 0,
      text: body.text ?? '',
      more: body.more ?? '',
      pieces: body.pieces ?? NO_PIECES,
      payload: body.payload,
      bits: body.bits ?? 0,
      declared: body.declared ?? 0,
      status: body.status ?? 0,
      ended: body.ended,
    };
  }

  private body(kind: number): Partial<Frame> {
    switch (kind) {
      case v.DATE:
      case v.OPEN:
      case v.MADE:
      case v.MARK:
        return { text: this.utf8() };
      case v.IN:
      case v.MORE:
        return this.pieces();
      case v.FACT: {
        const code = this.code(v.FACTS.length);
        return v.FACTS[code] === 'net.failed' ? { code, text: this.utf8(), more: this.utf8() } : { code };
      }
      case v.CALL:
        return this.call();
      case v.LANDED:
      case v.RETURN:
        return { value: this.byte() };
      case v.DEFERRED:
      case v.ASK:
        return { value: this.number() };
      case v.OFFER:
        return { value: this.byte(), text: this.utf8(), exchange: this.line % 2 === 0 ? this.number() : 0 };
      case v.OTHER:
        return { code: this.byte(), ...this.actor(), value: this.number() };
      case v.POOL:
        return this.pool();
      case v.STEP: {
        const actor = this.actor();
        const code = this.code(kinds.length);
        return { ...actor, code, value: kinds[code]!.hasFlags ? this.number() : 0 };
      }
      case v.DOOR:
        return { value: this.byte(), code: this.byte(), length: this.number(), hash: this.word() };
      case v.WROTE:
        return { length: this.number(), value: this.byte(), hash: this.word() };
      case v.END:
        return { ...this.actor(), ended: this.ended() };
      case v.SUM:
        return { hash: this.word() };
      case v.GAP:
        return { code: this.byte(), value: this.number() };
      default:
        throw new BadFrame(`a frame of an unknown kind, ${kind}`);
    }
  }

  private pool(): Partial<Frame> {
    const [value, exchange, length] = [this.number(), this.number(), this.number()];
    return value > 0
      ? { value, exchange, length }
      : { value, exchange, length, bits: this.number(), code: this.number() };
  }

  private ended(): EndedFrame {
    const code = this.utf8();
    const optional = (): number | undefined => {
      const value = this.number();
      return value === 0 ? undefined : value - 1;
    };
    const [status, ms, bytesIn = 0, bytesOut = 0] = [optional(), optional(), optional(), optional()];
    const method = this.utf8() || undefined;
    const hasPath = this.byte() === 1;
    const path = this.utf8();
    return { code, status, ms, bytesIn, bytesOut, method, path: hasPath ? path : undefined, what: this.utf8() };
  }

  private actor(): { exchange: number; chart: number } {
    return { exchange: this.number(), chart: this.code(v.CHARTS.length) };
  }

  private call(): Partial<Frame> {
    const actor = this.actor();
    const code = this.code(v.CALLS.length);
    switch (v.CALLS[code]) {
      case 'user.head': {
        const value = this.byte();
        const [bits, declared, status] = [this.byte(), this.number(), this.number()];
        return { ...actor, code, value, bits, declared, status, payload: this.payload() };
      }
      case 'user.inform':
      case 'user.write':
        return { ...actor, code, payload: this.payload() };
      case 'user.end':
        return { ...actor, code, payload: this.payload(), text: this.utf8() };
      case 'user.destroy':
      case 'user.misused':
      case 'user.abort':
      case 'user.forsake':
        return { ...actor, code, value: this.byte(), text: this.utf8() };
      default:
        return { ...actor, code };
    }
  }

  private payload(): Payload {
    const first = this.byte();
    const form = first & 3;
    const hasCallback = (first & 8) !== 0;
    if (form === 0) return { form, hasCallback, length: 0, characters: 0, bytes: undefined };
    const length = this.number();
    if (length > LARGEST_WRITE) throw new BadFrame('a write that is too large');
    const characters = form === 2 ? this.number() : length;
    // Bytes that came before it, as MORE.
    const isElsewhere = (first & 32) !== 0;
    const bytes = (first & 16) !== 0 || isElsewhere ? undefined : this.bytes(length);
    return { form: isElsewhere ? form | 4 : form, hasCallback, length, characters, bytes };
  }

  private pieces(): { pieces: Piece[]; length: number; value: number } {
    const count = this.number();
    if (count > this.end - this.at || count > MOST_PIECES) throw new BadFrame('more pieces than a chunk can have');
    const pieces: Piece[] = [];
    let total = 0;
    for (let i = 0; i < count; i++) {
      const number = this.number();
      const length = Math.floor(number / 2);
      total += length;
      if (total > LARGEST_CHUNK) throw new BadFrame('a chunk that is too large');
      pieces.push({ length, bytes: number % 2 === 1 ? undefined : this.bytes(length) });
    }
    return { pieces, length: total, value: 0 };
  }

  private byte(): number {
    if (this.at >= this.end) throw new BadFrame('the frame ends early');
    return this.buffer[this.at++]!;
  }

  private code(limit: number): number {
    const code = this.byte();
    if (code >= limit) throw new BadFrame(`a number that has no meaning, ${code}`);
    return code;
  }

  private number(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) break;
      factor *= 128;
      if (factor > 2 ** 49) throw new BadFrame('a number that is too large');
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new BadFrame('a number that is too large');
    return value;
  }

  private word(): number {
    if (this.at + 4 > this.end) throw new BadFrame('the frame ends early');
    this.at += 4;
    return this.buffer.readUInt32LE(this.at - 4);
  }

  private bytes(length: number): Buffer {
    if (length > this.end - this.at) throw new BadFrame('the frame ends early');
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }

  private utf8(): string {
    return this.bytes(this.number()).toString('utf8');
  }
}

/** The name of a line: `s12`, `c7`, `q5`. */
export const lineName = (line: number, role: 'server' | 'client' | undefined): string =>
  line % 2 === 1 ? `q${(line - 1) / 2}` : `${role === 'client' ? 'c' : 's'}${line / 2}`;

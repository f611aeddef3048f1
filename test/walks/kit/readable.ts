/** The `stream.Readable` of an incoming message with the behaviour of IncomingHost.ts, to the extent that logs show it. */

import type { IncomingEvent } from '../../../src/events/message.js';
import { HOST } from '../../conversations/kit/host.js';
import type { Turns } from './turns.js';

/** The high-water mark of a socket's `stream.Readable`. */
export const HIGH_WATER_MARK = 16 * 1024;

export interface Reader {
  /** 0 if nobody has it: then nothing is emitted. */
  number: number;
  buffer: string;
  flowing: boolean | null;
  listened: boolean;
  /** A first read was made. */
  primed: boolean;
  reading: boolean;
  needsReadable: boolean;
  ended: boolean;
  endEmitted: boolean;
  destroyed: boolean;
  dumped: boolean;
  complete: boolean;
  /** The rest won't come, and the socket stays. */
  error: string | undefined;
  holdsClose: boolean;
  closed: boolean;
  /** 'data' was emitted. */
  didRead: boolean;
  /** False if its socket was given back before its end, because there was nothing to read. */
  needsSocket: boolean;
}

/** Nobody reads it, and there is nothing to read. */
export const isUnread = ({ flowing, buffer, destroyed, didRead, endEmitted }: Reader): boolean =>
  flowing !== true && buffer === '' && !destroyed && !didRead && !endEmitted;

export const newReader = (number: number): Reader => ({
  number,
  buffer: '',
  flowing: null,
  listened: false,
  primed: false,
  reading: false,
  needsReadable: false,
  ended: false,
  endEmitted: false,
  destroyed: false,
  dumped: false,
  complete: false,
  error: undefined,
  holdsClose: false,
  closed: false,
  didRead: false,
  needsSocket: true,
});

/** The owner of the stream. */
export interface Owner {
  readonly turns: Turns;
  /** `end`, `error` with its name, `close` … */
  emit(reader: Reader, event: string, ...words: string[]): void;
  emitData(reader: Reader, text: string): void;
  /** Sends the event to its machine. */
  send(event: IncomingEvent): void;
  /** It was read to its end: 'end' is emitted next. */
  ended(reader: Reader): void;
  /** Whether the stream is dumped and nothing more arrives. */
  isOver(reader: Reader): boolean;
}

export class Readable {
  readonly #owner: Owner;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  listenToData(reader: Reader): void {
    reader.listened = true;
    if (reader.flowing !== false) this.resume(reader);
  }

  resume(reader: Reader): void {
    const { turns } = this.#owner;
    if (reader.flowing || (HOST >= 26 && reader.destroyed)) return;
    reader.flowing = true;
    turns.tick(() => {
      if (!reader.reading) this.#read(reader);
      this.#flow(reader);
      if (reader.flowing && !reader.reading) this.#read(reader);
    });
  }

  /** Discards what nobody reads. */
  dump(reader: Reader): void {
    if (reader.dumped) return;
    reader.dumped = true;
    reader.listened = false;
    this.resume(reader);
  }

  /** `stream.read()`: requests more, and returns whether there is data. */
  #read(reader: Reader): boolean {
    if (reader.buffer === '' && reader.ended) {
      this.#endReadable(reader);
      return false;
    }
    if (!reader.ended && !reader.reading && !reader.destroyed) {
      reader.reading = true;
      reader.primed = true;
      this.#owner.send({ type: 'user.read' });
    }
    return reader.buffer !== '';
  }

  #flow(reader: Reader): void {
    while (reader.flowing && !reader.destroyed && this.#read(reader)) {
      const text = reader.buffer;
      reader.buffer = '';
      this.#emitData(reader, text);
      if (reader.ended) this.#endReadable(reader);
    }
    reader.needsReadable = true;
  }

  #emitData(reader: Reader, text: string): void {
    reader.didRead = true;
    if (reader.listened) this.#owner.emitData(reader, text);
  }

  #endReadable(reader: Reader): void {
    const { turns } = this.#owner;
    turns.tick(() => {
      if (reader.endEmitted || reader.closed || reader.error !== undefined || reader.buffer !== '') return;
      reader.endEmitted = true;
      this.#owner.ended(reader);
      this.#owner.emit(reader, 'end');
      this.destroy(reader, undefined);
    });
  }

  /** `stream.push(chunk)`. */
  push(reader: Reader, text: string): void {
    reader.reading = false;
    if (reader.destroyed || reader.ended) return;
    if (reader.flowing && reader.buffer === '' && reader.primed && reader.listened) this.#emitData(reader, text);
    else {
      reader.buffer += text;
      if (reader.needsReadable && reader.flowing) this.#owner.turns.tick(() => this.#flow(reader));
    }
    if (reader.flowing) this.#owner.turns.tick(() => this.#read(reader));
    if (reader.buffer.length >= HIGH_WATER_MARK) this.#owner.send({ type: 'stream.full' });
  }

  pushEnd(reader: Reader): void {
    reader.reading = false;
    reader.ended = true;
    if (reader.primed) this.#flow(reader);
    else this.#owner.turns.tick(() => this.#flow(reader));
  }

  destroy(reader: Reader, error: string | undefined): void {
    if (reader.destroyed) return;
    reader.destroyed = true;
    reader.error = error;
    const isOver = !reader.needsSocket || this.#owner.isOver(reader);
    this.#owner.send({ type: 'user.destroy', consumed: reader.endEmitted || isOver });
  }

  /** Lets it emit 'error' and 'close'. */
  emitClose(reader: Reader): void {
    const { turns } = this.#owner;
    turns.tick(() => {
      if (reader.error !== undefined) this.#owner.emit(reader, 'error', reader.error);
      reader.closed = true;
      if (!reader.holdsClose) this.#owner.emit(reader, 'close');
    });
  }
}

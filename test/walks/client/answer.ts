/** The answer at its reader: what IncomingHost.ts and a `stream.Readable` do. */
import type { IncomingEmission } from '../../../src/events/message.js';
import type { Call } from './setup.js';
import type { Reader } from './state.js';
import type { World } from './world.js';

/** What a `stream.Readable` of a socket holds before it says that it is full. */
export const HIGH_WATER_MARK = 16 * 1024;

export class Answer {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get #reader(): Reader {
    return this.#world.state.reader as Reader;
  }

  /** Nobody has an answer that nobody listened to. */
  #tell(reader: Reader, event: string, ...words: string[]): void {
    if (reader.number === 0) return;
    this.#world.tell([`res${reader.number}.${event}`, ...words].join(' '));
    this.#world.heard(`res.${event}`);
  }

  /** A new answer, which nobody reads yet. */
  begin(isHeard: boolean): void {
    const { state } = this.#world;
    if (isHeard) state.readers++;
    state.reader = {
      number: isHeard ? state.readers : 0,
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
    };
    this.#world.response = this.#world.makeResponse();
  }

  call(call: Call): void {
    const reader = this.#reader;
    if (call === 'res.resume') this.resume();
    else if (call === 'res.pause') reader.flowing = false;
    else this.destroy(call === 'res.destroy(error)' ? '"of the answer"' : undefined);
    this.#world.tell(`> res${reader.number}.${call.slice(4).replace('(error)', '')}`);
  }

  listenToData(): void {
    const reader = this.#reader;
    reader.listened = true;
    if (reader.flowing !== false) this.resume();
  }

  resume(): void {
    const { turns } = this.#world;
    const reader = this.#reader;
    if (reader.flowing) return;
    reader.flowing = true;
    turns.tick(() => {
      if (!reader.reading) this.#read(reader);
      this.#flow(reader);
      if (reader.flowing && !reader.reading) this.#read(reader);
    });
  }

  /** Lets what nobody reads flow away. */
  dump(): void {
    const reader = this.#world.state.reader;
    if (reader === undefined || reader.dumped) return;
    reader.dumped = true;
    reader.listened = false;
    this.resume();
  }

  /** `stream.read()`: asks for more, and gives what there is. */
  #read(reader: Reader): boolean {
    if (reader.buffer === '' && reader.ended) {
      this.#endReadable(reader);
      return false;
    }
    if (!reader.ended && !reader.reading && !reader.destroyed) {
      reader.reading = true;
      reader.primed = true;
      this.#world.response?.send({ type: 'user.read' });
    }
    return reader.buffer !== '';
  }

  #flow(reader: Reader): void {
    while (reader.flowing && !reader.destroyed && this.#read(reader)) {
      const text = reader.buffer;
      reader.buffer = '';
      this.#tellData(reader, text);
      if (reader.ended) this.#endReadable(reader);
    }
    reader.needsReadable = true;
  }

  #tellData(reader: Reader, text: string): void {
    if (reader.listened) this.#world.tellData(`res${reader.number}.data`, text);
  }

  #endReadable(reader: Reader): void {
    const { turns } = this.#world;
    turns.tick(() => {
      if (reader.endEmitted || reader.closed || reader.error !== undefined || reader.buffer !== '') return;
      reader.endEmitted = true;
      this.#world.asking.answerEnded();
      this.#tell(reader, 'end');
      this.destroy(undefined);
    });
  }

  /** `stream.push(chunk)`. */
  #push(text: string): void {
    const reader = this.#reader;
    reader.reading = false;
    if (reader.destroyed || reader.ended) return;
    if (reader.flowing && reader.buffer === '' && reader.primed && reader.listened) this.#tellData(reader, text);
    else {
      reader.buffer += text;
      if (reader.needsReadable && reader.flowing) this.#world.turns.tick(() => this.#flow(reader));
    }
    if (reader.flowing) this.#world.turns.tick(() => this.#read(reader));
    if (reader.buffer.length >= HIGH_WATER_MARK) this.#world.response?.send({ type: 'stream.full' });
  }

  #pushEnd(): void {
    const reader = this.#reader;
    reader.reading = false;
    reader.ended = true;
    if (reader.primed) this.#flow(reader);
    else this.#world.turns.tick(() => this.#flow(reader));
  }

  destroy(error: string | undefined): void {
    const reader = this.#reader;
    if (reader.destroyed) return;
    reader.destroyed = true;
    reader.error = error;
    this.#world.response?.send({ type: 'user.destroy', consumed: reader.endEmitted });
  }

  deliver(emission: IncomingEmission): void {
    const world = this.#world;
    const reader = this.#reader;
    switch (emission.type) {
      case 'io.push':
        this.#push(emission.chunk as unknown as string);
        break;
      case 'io.complete':
        reader.complete = true;
        break;
      case 'io.pushEnd':
        this.#pushEnd();
        break;
      case 'io.pause':
        world.wire.shut();
        break;
      case 'io.resume':
        world.wire.open();
        break;
      case 'io.cancel':
        world.request?.send({ type: 'answer.cancelled' });
        break;
      case 'io.abort':
        this.destroy(reader.error ?? 'ECONNRESET');
        break;
      case 'io.fail':
        reader.holdsClose = true;
        this.#tellClosed(reader);
        break;
      case 'io.over':
        world.request?.send({ type: 'answer.failed' });
        break;
      case 'io.tick':
        world.turns.tick(() => world.response?.send({ type: 'clock.tick' }));
        break;
      case 'io.closed':
        this.#close(reader, emission.whole);
        break;
      case 'res.aborted':
      case 'res.close':
        this.#tell(reader, emission.type.slice(4));
        break;
    }
  }

  /** Told the loss of the transport. */
  cut(error: string | undefined): void {
    this.#reader.error = error;
    this.#world.response?.send({ type: 'net.closed' });
  }

  #close(reader: Reader, whole: boolean): void {
    const { wire, turns } = this.#world;
    const later = () => turns.tick(() => this.#tellClosed(reader));
    if (whole || wire.isGone) later();
    else {
      wire.destroy(reader.error);
      turns.tick(later);
    }
  }

  #tellClosed(reader: Reader): void {
    const { turns } = this.#world;
    turns.tick(() => {
      if (reader.error !== undefined) this.#tell(reader, 'error', reader.error);
      reader.closed = true;
      if (!reader.holdsClose) this.#tell(reader, 'close');
    });
  }
}

/** The request at its reader: what IncomingHost.ts and a `stream.Readable` do. */
import type { IncomingEmission } from '../../../src/events/message.js';
import { newReader, Readable, type Reader } from '../kit/readable.js';
import type { Call } from './setup.js';
import type { World } from './world.js';

export class Requested {
  readonly #world: World;
  readonly #stream: Readable;

  constructor(world: World) {
    this.#world = world;
    this.#stream = new Readable({
      turns: world.turns,
      tell: (reader, event, ...words) => this.#tell(reader, event, ...words),
      tellData: ({ number, listened }, text) => {
        if (listened) world.tellData(`req${number}.data`, text);
      },
      send: (event) => world.request?.send(event),
      ended: () => {},
    });
  }

  get #reader(): Reader {
    return this.#world.state.reader as Reader;
  }

  #tell(reader: Reader, event: string, ...words: string[]): void {
    if (reader.number === 0) return;
    this.#world.tell([`req${reader.number}.${event}`, ...words].join(' '));
    this.#world.heard(`req.${event}`);
  }

  /** A new request, which nobody reads yet. */
  begin(number: number): void {
    const { state } = this.#world;
    state.reader = newReader(number);
    state.reading = true;
    this.#world.request = this.#world.makeRequest();
  }

  listenToData(): void {
    this.#stream.listenToData(this.#reader);
  }

  call(call: Call): void {
    const reader = this.#reader;
    if (call === 'req.resume') this.#stream.resume(reader);
    else if (call === 'req.pause') reader.flowing = false;
    else this.#stream.destroy(reader, call === 'req.destroy(error)' ? '"of the request"' : undefined);
    this.#world.tell(`> req${reader.number}.${call.slice(4).replace('(error)', '')}`);
  }

  complete(): void {
    this.#world.request?.send({ type: 'wire.complete', heard: this.#reader.number > 0 });
  }

  deliver(emission: IncomingEmission): void {
    const world = this.#world;
    const reader = this.#reader;
    switch (emission.type) {
      case 'io.push':
        this.#stream.push(reader, emission.chunk as unknown as string);
        break;
      case 'io.complete':
        reader.complete = true;
        break;
      case 'io.pushEnd':
        this.#stream.pushEnd(reader);
        break;
      case 'io.dump':
        if (!reader.primed) this.#stream.dump(reader);
        break;
      case 'io.pause':
        world.state.shut = true;
        break;
      case 'io.resume':
        world.state.shut = false;
        break;
      case 'io.abort':
        this.#stream.destroy(reader, reader.error ?? 'ECONNRESET');
        break;
      case 'io.closed':
        this.#close(reader, emission.whole);
        break;
      case 'req.aborted':
        this.#tell(reader, 'aborted');
        break;
    }
  }

  #close(reader: Reader, whole: boolean): void {
    const { wire, turns, state } = this.#world;
    const later = () => turns.tick(() => this.#stream.tellClosed(reader));
    if (whole || state.destroyed) later();
    else {
      wire.destroy(reader.error);
      turns.tick(later);
    }
  }
}

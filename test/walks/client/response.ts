/** The response at its reader: models IncomingHost.ts and a `stream.Readable`. */
import type { IncomingEmission } from '../../../src/events/message.js';
import { newReader, Readable, type Reader } from '../kit/readable.js';
import type { Call } from './setup.js';
import type { World } from './world.js';

export class Response {
  readonly #world: World;
  readonly #stream: Readable;

  constructor(world: World) {
    this.#world = world;
    this.#stream = new Readable({
      turns: world.turns,
      emit: (reader, event, ...words) => this.#emit(reader, event, ...words),
      emitData: ({ number, listened }, text) => {
        if (listened) world.recordData(`res${number}.data`, text);
      },
      send: (event) => world.response?.send(event),
      ended: () => world.requesting.responseEnded(),
      isOver: () => false,
    });
  }

  get #reader(): Reader {
    return this.#world.state.reader as Reader;
  }

  /** Nobody has a response for which there was no listener. */
  #emit(reader: Reader, event: string, ...words: string[]): void {
    if (reader.number === 0) return;
    this.#world.record([`res${reader.number}.${event}`, ...words].join(' '));
    this.#world.runPlan(`res.${event}`);
  }

  /** A new response, which nobody reads yet. */
  begin(hasListener: boolean, upgrades: boolean): void {
    const { state } = this.#world;
    if (hasListener) state.readers++;
    state.reader = newReader(hasListener ? state.readers : 0);
    this.#world.response = this.#world.makeResponse();
    if (upgrades) this.#world.response.send({ type: 'wire.complete', hasListener: true });
  }

  call(call: Call): void {
    const reader = this.#reader;
    if (call === 'res.resume') this.#stream.resume(reader);
    else if (call === 'res.pause') reader.flowing = false;
    else this.#stream.destroy(reader, call === 'res.destroy(error)' ? '"of the response"' : undefined);
    this.#world.record(`> res${reader.number}.${call.slice(4).replace('(error)', '')}`);
  }

  listenToData(): void {
    this.#stream.listenToData(this.#reader);
  }

  /** Discards what nobody reads. */
  dump(): void {
    const { reader } = this.#world.state;
    if (reader !== undefined) this.#stream.dump(reader);
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
      case 'io.pause':
        world.wire.shut();
        break;
      case 'io.resume':
        world.wire.open();
        break;
      case 'io.cancel':
        world.request?.send({ type: 'response.cancelled' });
        break;
      case 'io.abort':
        this.#stream.destroy(reader, (emission.because === 'destroyed' ? reader.error : undefined) ?? 'ECONNRESET');
        break;
      case 'io.emitError':
        reader.holdsClose = true;
        this.#stream.emitClose(reader);
        break;
      case 'io.reportCut':
        world.request?.send({ type: 'response.failed' });
        break;
      case 'io.tick':
        world.turns.tick(() => world.response?.send({ type: 'clock.tick' }));
        break;
      case 'io.close':
        this.#closeLater(reader);
        break;
      case 'io.closeWithSocket':
        this.#closeWithSocket(reader);
        break;
      case 'res.aborted':
      case 'res.close':
        this.#emit(reader, emission.type.slice(4));
        break;
    }
  }

  /** The transport is lost. */
  cut(reason: string | undefined, hostOrder: boolean): void {
    this.#reader.error = reason;
    this.#world.response?.send({ type: 'net.closed', hostOrder });
  }

  #closeLater(reader: Reader): void {
    this.#world.turns.tick(() => this.#stream.emitClose(reader));
  }

  #closeWithSocket(reader: Reader): void {
    const { wire, turns } = this.#world;
    if (wire.isGone) this.#closeLater(reader);
    else {
      wire.destroy(reader.error);
      turns.tick(() => this.#closeLater(reader));
    }
  }
}

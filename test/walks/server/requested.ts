/** The request at its reader: models IncomingHost.ts and a `stream.Readable`. */
import type { IncomingEmission, IncomingEvent } from '../../../src/events/message.js';
import { Machine } from '../kit/machine.js';
import { Readable, type Reader } from '../kit/readable.js';
import { type Call, methodOf } from './calls.js';
import type { Exchange } from './exchange.js';
import type { World } from './world.js';

export type RequestMachine = Machine<IncomingEvent, IncomingEmission>;

export class Requested {
  readonly machine: RequestMachine;
  readonly #world: World;
  readonly #exchange: Exchange;
  readonly #stream: Readable;

  constructor(world: World, exchange: Exchange, at?: RequestMachine['at']) {
    this.#world = world;
    this.#exchange = exchange;
    this.machine = new Machine('incomingRequest', (emission) => this.#deliver(emission), world.taken, at);
    this.#stream = new Readable({
      turns: world.turns,
      emit: (reader, event, ...words) => this.#emit(reader, event, ...words),
      emitData: ({ number, listened }, text) => {
        if (listened) world.recordData(`req${number}.data`, text);
      },
      send: (event) => this.machine.send(event),
      ended: () => {},
      isOver: ({ dumped }) => dumped && world.state.destroyed,
    });
  }

  get #reader(): Reader {
    return this.#exchange.facts.reader;
  }

  /** Whether the request has a listener. */
  get hasListener(): boolean {
    const { number, listened } = this.#reader;
    return number > 0 && (listened || !this.#world.setup.unlistened.includes('req'));
  }

  #emit(reader: Reader, event: string, ...words: string[]): void {
    if (reader.number === 0 || this.#world.setup.unlistened.includes('req')) return;
    this.#world.record([`req${reader.number}.${event}`, ...words].join(' '));
    this.#world.runPlan(`req.${event}`, this.#exchange);
  }

  listenToData(): void {
    this.#stream.listenToData(this.#reader);
  }

  call(call: Call): void {
    const reader = this.#reader;
    if (call === 'req.resume') this.#stream.resume(reader);
    else if (call === 'req.pause') reader.flowing = false;
    else this.#stream.destroy(reader, call === 'req.destroy(error)' ? '"of the request"' : undefined);
    this.#world.record(`> req${reader.number}.${methodOf(call)}`);
  }

  /** The message is complete. */
  complete(trailers = false): void {
    if (trailers) this.machine.send({ type: 'wire.trailers', lines: ['a', 'b'] });
    this.machine.send({ type: 'wire.complete', hasListener: this.hasListener });
  }

  /** The rest will not come; the socket is still needed. */
  sever(): void {
    this.machine.send({ type: 'wire.severed' });
  }

  /** The response was sent. */
  responded(responseHasListener: boolean): void {
    this.machine.send({
      type: 'response.finished',
      hasListener: responseHasListener || this.#reader.primed || this.hasListener,
    });
  }

  #deliver(emission: IncomingEmission): void {
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
      case 'io.settle':
        Object.assign(reader, { ended: true, endEmitted: true, destroyed: true, closed: true });
        break;
      case 'io.pause':
        world.state.shutByReader = true;
        break;
      case 'io.resume':
        world.state.shutByReader = false;
        break;
      case 'io.abort':
        this.#stream.destroy(reader, reader.dumped ? undefined : (reader.error ?? 'ECONNRESET'));
        break;
      case 'io.close':
        this.#closeLater(reader);
        break;
      case 'io.closeWithSocket':
        this.#closeWithSocket(reader);
        break;
      case 'req.aborted':
        this.#emit(reader, 'aborted');
        break;
    }
  }

  #closeLater(reader: Reader): void {
    this.#world.turns.tick(() => this.#stream.emitClose(reader));
  }

  #closeWithSocket(reader: Reader): void {
    const { socket, turns, state } = this.#world;
    if (state.destroyed) this.#closeLater(reader);
    else {
      socket.destroy(reader.error);
      turns.tick(() => this.#closeLater(reader));
    }
  }
}

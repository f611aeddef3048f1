/** The answer at its user: what ServerResponse.ts, OutgoingMessage.ts, OutgoingHost.ts and Exchanges.ts do. */
import type { OutgoingEmission } from '../../../src/events/message.js';
import { HIGH_WATER_MARK } from '../kit/readable.js';
import type { Call } from './setup.js';
import type { Exchange } from './state.js';
import type { World } from './world.js';

/** Longer than what a socket holds before it says that it is full. */
export const MUCH = 'x'.repeat(100_000);

export class Answering {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get #exchange(): Exchange {
    return this.#world.state.exchange as Exchange;
  }

  begin(exchange: Exchange): void {
    const world = this.#world;
    world.state.exchange = exchange;
    world.response = world.makeResponse();
    world.response.send({ type: 'net.attached' });
  }

  /** Answers here; the program doesn't see it. */
  answer(): void {
    this.#carryOut('res.end');
  }

  call(call: Call): void {
    const { number } = this.#exchange;
    const thrown = this.#carryOut(call);
    const name = call.slice(4).replace(/\(.*| .*/, '');
    this.#world.tell(`> res${number}.${name}${thrown === undefined ? '' : ` throws ${thrown}`}`);
  }

  #carryOut(call: Call): string | undefined {
    const exchange = this.#exchange;
    const { response } = this.#world;
    switch (call) {
      case 'res.end':
      case 'res.end text':
        this.#end(call === 'res.end' ? '' : 'text');
        break;
      case 'res.write':
      case 'res.write much':
        this.#write(call === 'res.write' ? 'text' : MUCH);
        break;
      case 'res.flushHeaders':
        if (!exchange.headed && !exchange.destroyed) this.#requireHead(false);
        response?.send({ type: 'user.flush' });
        break;
      default:
        if (exchange.destroyed) break;
        exchange.destroyed = true;
        exchange.error = call === 'res.destroy(error)' ? '"of the answer"' : undefined;
        response?.send({ type: 'user.destroy' });
    }
    return undefined;
  }

  #write(text: string): void {
    const exchange = this.#exchange;
    if (!exchange.ended && !exchange.destroyed && !exchange.headed) this.#requireHead(false);
    this.#checkLine();
    this.#world.response?.send({ type: 'user.write', chunk: text, encoding: 'utf8', callback: undefined });
  }

  #end(text: string): void {
    const exchange = this.#exchange;
    if (exchange.ended) {
      if (text !== '') this.#write(text);
      return;
    }
    if (!exchange.headed && !exchange.destroyed) this.#requireHead(true);
    exchange.ended = true;
    this.#checkLine();
    this.#world.response?.send({ type: 'user.end', chunk: text || undefined, encoding: 'utf8', callback: undefined });
  }

  /** Takes notice of a socket that was ended by others. */
  #checkLine(): void {
    const { state } = this.#world;
    const exchange = this.#exchange;
    if (state.ended && !state.destroyed && !exchange.shut && !exchange.released) this.shut();
  }

  /** Our side of the socket has said FIN. */
  shut(): void {
    const { exchange } = this.#world.state;
    if (exchange === undefined || exchange.shut || exchange.ended || exchange.released) return;
    exchange.shut = true;
    this.#world.response?.send({ type: 'net.shut' });
  }

  #requireHead(isMeasured: boolean): void {
    const exchange = this.#exchange;
    exchange.headed = true;
    if (exchange.awaits100) exchange.keeps = false;
    const isEndless = exchange.hasBody && !exchange.chunks && !(isMeasured && exchange.keeps);
    exchange.last = !exchange.keeps || isEndless;
    this.#world.response?.send({ type: 'user.head', last: exchange.last, bodyless: !exchange.hasBody });
  }

  deliver(emission: OutgoingEmission): void {
    const world = this.#world;
    const exchange = this.#exchange;
    switch (emission.type) {
      case 'io.end':
        this.#put((emission.what.chunk as string | undefined) ?? '', true);
        break;
      case 'io.write':
        this.#put(emission.what.chunk as string, false);
        break;
      case 'io.flush':
        this.#put('', false);
        break;
      case 'io.tick':
        world.turns.tick(() => world.response?.send({ type: 'clock.tick' }));
        break;
      case 'io.release':
        this.#release(exchange);
        break;
      case 'io.last':
        world.connection.send({ type: 'answer.last' });
        break;
      case 'io.destroy':
        world.wire.destroy(exchange.error);
        break;
      case 'io.refuse':
        world.turns.tick(() => this.#refuse(emission.because));
        break;
      case 'io.skip':
      case 'res.socket':
        break;
      case 'res.close':
        exchange.destroyed = true;
        this.#tell('close');
        break;
      case 'res.error':
        this.#tell('error', emission.error as unknown as string);
        break;
      default:
        this.#tell(emission.type.slice(4));
    }
  }

  #tell(event: string, ...words: string[]): void {
    const { number, hidden } = this.#exchange;
    if (hidden) return;
    this.#world.tell([`res${number}.${event}`, ...words].join(' '));
    this.#world.heard(`res.${event}`);
  }

  #refuse(because: 'ended' | 'destroyed'): void {
    if (because === 'destroyed') return;
    const error = 'ERR_STREAM_WRITE_AFTER_END' as unknown as Error;
    this.#world.response?.send({ type: 'user.misused', error });
  }

  #put(text: string, isLast: boolean): void {
    const { wire, response } = this.#world;
    const exchange = this.#exchange;
    exchange.headSent = exchange.headed;
    if (exchange.shut) {
      if (text.length >= HIGH_WATER_MARK) response?.send({ type: 'net.full' });
      return;
    }
    const goesOn = text.length < HIGH_WATER_MARK;
    if (!goesOn && !isLast) response?.send({ type: 'net.full' });
    wire.whenFlushed(
      () => {
        if (!goesOn && !exchange.released) response?.send({ type: 'net.drained' });
        if (isLast) response?.send({ type: 'net.flushed', heard: !exchange.hidden });
      },
      isLast ? 'last' : text === '' ? 'head' : 'part',
    );
  }

  #release(exchange: Exchange): void {
    const { request, state, connection } = this.#world;
    exchange.released = true;
    request?.send({ type: 'answer.finished', heard: !exchange.hidden });
    if (state.reader?.complete) state.reading = false;
    connection.send({ type: 'answer.finished', last: exchange.last, more: false, crowded: false });
  }
}

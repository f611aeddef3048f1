/** The response at the program: models ServerResponse.ts, OutgoingMessage.ts and OutgoingHost.ts. */
import type { OutgoingEmission, OutgoingEvent } from '../../../src/events/message.js';
import { Machine } from '../kit/machine.js';
import { HIGH_WATER_MARK } from '../kit/readable.js';
import { type Call, methodOf, textOf } from './calls.js';
import type { Exchange } from './exchange.js';
import type { Facts, Piece } from './state.js';
import type { World } from './world.js';

export type ResponseMachine = Machine<OutgoingEvent, OutgoingEmission>;

export class Responding {
  readonly machine: ResponseMachine;
  readonly #world: World;
  readonly #exchange: Exchange;

  constructor(world: World, exchange: Exchange, at?: ResponseMachine['at']) {
    this.#world = world;
    this.#exchange = exchange;
    this.machine = new Machine('response', (emission) => this.#deliver(emission), world.taken, at);
  }

  get #facts(): Facts {
    return this.#exchange.facts;
  }

  /** Whether the response has a listener. */
  get hasListener(): boolean {
    return !this.#facts.hidden && !this.#world.setup.unlistened.includes('res');
  }

  call(call: Call): void {
    this.carryOut(call);
    this.#world.record(`> res${this.#facts.number}.${methodOf(call)}`);
  }

  carryOut(call: Call): void {
    const facts = this.#facts;
    switch (call) {
      case 'res.end':
      case 'res.end text':
      case 'res.end much':
        this.#end(textOf(call));
        break;
      case 'res.write':
      case 'res.write much':
      case 'res.write flood':
        this.#write(textOf(call));
        break;
      case 'res.writeContinue':
        facts.awaits100 = false;
        this.interim();
        break;
      case 'res.writeHead':
        this.#requireHead(false);
        break;
      case 'res.flushHeaders':
        if (!facts.headed && !facts.destroyed) this.#requireHead(false);
        this.#checkLine();
        this.machine.send({ type: 'user.flush' });
        break;
      case 'res.setHeader close':
        facts.keeps = false;
        break;
      case 'res.pipe':
        this.#misuse('ERR_STREAM_CANNOT_PIPE');
        break;
      default:
        if (facts.destroyed) break;
        facts.destroyed = true;
        facts.doomed = !facts.attached;
        facts.error = call === 'res.destroy(error)' ? '"of the response"' : undefined;
        this.machine.send({ type: 'user.destroy' });
    }
  }

  #misuse(code: string): void {
    this.machine.send({ type: 'user.misused', error: code as unknown as Error });
  }

  #write(text: string): void {
    const facts = this.#facts;
    if (!facts.ended && !facts.destroyed && !facts.headed) this.#requireHead(false);
    this.#checkLine();
    this.machine.send({ type: 'user.write', chunk: text, encoding: 'utf8', callback: undefined });
  }

  #end(text: string): void {
    const facts = this.#facts;
    if (facts.ended) {
      if (text !== '') this.#write(text);
      return;
    }
    if (!facts.headed && !facts.destroyed) this.#requireHead(true);
    facts.ended = true;
    this.#checkLine();
    this.machine.send({ type: 'user.end', chunk: text || undefined, encoding: 'utf8', callback: undefined });
  }

  /** Checks whether others have ended the socket. */
  #checkLine(): void {
    const { state } = this.#world;
    const { attached, released, writes } = this.#facts;
    if (attached && !released && writes && state.ended && !state.destroyed) this.shut();
  }

  /** Our side of the socket has sent FIN. */
  shut(): void {
    this.machine.send({ type: 'net.shut' });
  }

  #requireHead(isMeasured: boolean): void {
    const facts = this.#facts;
    facts.headed = true;
    if (facts.awaits100) facts.keeps = false;
    const isEndless = facts.hasBody && !facts.chunks && !(isMeasured && facts.keeps);
    facts.last = !facts.keeps || isEndless;
    this.machine.send({ type: 'user.head', last: facts.last, bodyless: !facts.hasBody, switches: false });
  }

  /** `100 Continue`. */
  interim(): void {
    this.#checkLine();
    this.machine.send({ type: 'user.inform', chunk: '', encoding: 'latin1', callback: undefined });
  }

  #writeKept(): void {
    const facts = this.#facts;
    facts.writes = true;
    const { kept } = facts;
    if (kept.length === 0) return;
    facts.kept = [];
    let goesOn = true;
    for (const piece of kept) goesOn = this.#hand(piece) && goesOn;
    if (goesOn) this.machine.send({ type: 'net.drained' });
  }

  /** The system has its last byte; this is not reported if the socket has failed meanwhile. */
  flushed(): void {
    const { attached, released } = this.#facts;
    const { state } = this.#world;
    if (attached && !released && state.errored) state.parted ??= 'failed-end';
    else this.machine.send({ type: 'net.flushed', hasListener: this.hasListener });
  }

  #deliver(emission: OutgoingEmission): void {
    const world = this.#world;
    const facts = this.#facts;
    switch (emission.type) {
      case 'io.end':
        this.#put({ length: emission.bodyless ? 0 : lengthOf(emission.what.chunk), isLast: true });
        break;
      case 'io.inform':
        if (!facts.writes) this.#keep({ length: 0, isLast: false });
        else {
          world.writer.write(0);
          world.writer.uncork();
        }
        break;
      case 'io.writeKept':
        this.#writeKept();
        break;
      case 'io.keep':
        facts.writes = false;
        break;
      case 'io.passTurn':
        world.queue.passTurn();
        break;
      case 'io.write':
        this.#put({ length: lengthOf(emission.what.chunk), isLast: false });
        break;
      case 'io.flush':
        this.#put({ length: 0, isLast: false });
        if (facts.writes) world.writer.uncork();
        break;
      case 'io.tick':
        world.turns.tick(() => this.machine.send({ type: 'clock.tick' }));
        break;
      case 'io.release':
        world.queue.released(this.#exchange);
        break;
      case 'io.last':
        world.host.machine.send({ type: 'response.last' });
        break;
      case 'io.destroy':
        if (facts.attached) world.socket.destroy(facts.error);
        break;
      case 'io.rejectWrite':
        if (emission.because === 'ended') world.turns.tick(() => this.#misuse('ERR_STREAM_WRITE_AFTER_END'));
        break;
      case 'io.failCallbacks':
      case 'io.skip':
      case 'res.socket':
        break;
      case 'res.close':
        facts.destroyed = true;
        this.#emit('close');
        break;
      case 'res.error':
        this.#emit('error', emission.error as unknown as string);
        break;
      default:
        this.#emit(emission.type.slice(4));
    }
  }

  #emit(event: string, ...words: string[]): void {
    if (!this.hasListener) return;
    this.#world.record([`res${this.#facts.number}.${event}`, ...words].join(' '));
    this.#world.runPlan(`res.${event}`, this.#exchange);
  }

  /** Whether the writer may go on. */
  #put(piece: Piece): boolean {
    const facts = this.#facts;
    facts.headSent = facts.headed;
    if (!facts.writes) return this.#keep(piece);
    const goesOn = this.#hand(piece);
    if (!piece.isLast && !goesOn) this.machine.send({ type: 'net.full' });
    return goesOn;
  }

  #hand({ length, isLast }: Piece): boolean {
    const { writer } = this.#world;
    return isLast ? writer.end(length, this.#exchange) : writer.write(length);
  }

  #keep(piece: Piece): boolean {
    const facts = this.#facts;
    facts.kept = [...facts.kept, piece];
    const goesOn = facts.kept.reduce((sum, { length }) => sum + length, 0) < HIGH_WATER_MARK;
    if (!goesOn) this.machine.send({ type: 'net.full' });
    return goesOn;
  }
}

const lengthOf = (chunk: unknown): number => (chunk as string | undefined)?.length ?? 0;

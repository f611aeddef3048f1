/** The requests of a connection and their answers, in their order: what Exchanges.ts does. */
import { Exchange, newFacts } from './exchange.js';
import type { Head } from './found.js';
import type { World } from './world.js';

export class Queue {
  readonly #world: World;
  #passing = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Those whose answer has not left, oldest first. */
  get due(): Exchange[] {
    const { exchanges, state } = this.#world;
    return state.closed ? [] : exchanges.filter(({ isDue }) => isDue);
  }

  /** The one whose request is read. */
  get read(): Exchange | undefined {
    const { exchanges, state } = this.#world;
    return state.reading ? exchanges.at(-1) : undefined;
  }

  /** Whether requests before the one that is being read are still to be answered. */
  get hasOthers(): boolean {
    const { due, read } = this;
    const isDueItself = read !== undefined && due.at(-1) === read && !read.facts.reader.complete;
    return due.length > (isDueItself ? 1 : 0);
  }

  /** Whether the request that is being read has had its answer. */
  get isAnsweredEarly(): boolean {
    return this.read?.isDue === false && !this.read.facts.reader.complete;
  }

  get isFlowing(): boolean {
    return this.read?.facts.reader.flowing === true;
  }

  /** Whether a refusal may still be the answer to the message that is being read. */
  get isUnsent(): boolean {
    const [oldest] = this.due;
    if (oldest !== undefined) return !oldest.facts.headSent;
    return this.read === undefined || this.read.facts.reader.complete;
  }

  get isCrowded(): boolean {
    return this.due.length > 1 && this.#world.state.needsDrain;
  }

  add({ method, chunks }: Head): Exchange {
    const world = this.#world;
    const { state } = world;
    const keeps = world.host.persists;
    const exchange = new Exchange(world, newFacts({ id: ++state.exchanges, method, chunks, keeps }));
    world.exchanges = [...this.due, exchange];
    state.reading = true;
    const { due } = this;
    if (due.length === 1) this.#attach(exchange);
    else if (state.turn === due.length - 1) exchange.responding.machine.send({ type: 'response.passed' });
    return exchange;
  }

  /** The program is given a request. */
  number({ facts }: Exchange): void {
    facts.number = ++this.#world.state.requests;
    facts.reader.number = facts.number;
  }

  /** The oldest gets the socket. */
  attach(): void {
    this.#attach(this.due[0] as Exchange);
  }

  #attach({ facts, responding }: Exchange): void {
    facts.attached = true;
    responding.machine.send({ type: 'net.attached' });
  }

  /** More requests may come in this turn. */
  expectMany(expected: boolean): void {
    const { writer } = this.#world;
    writer.expectsMany = expected;
    if (!expected) writer.flush();
  }

  /** The next response may write. */
  passTurn(): void {
    const { state } = this.#world;
    state.turn++;
    if (this.#passing) return;
    this.#passing = true;
    let at: number;
    do {
      at = state.turn;
      this.due[at]?.responding.machine.send({ type: 'response.passed' });
    } while (state.turn !== at);
    this.#passing = false;
  }

  released({ facts, requested, responding }: Exchange): void {
    const { state, host } = this.#world;
    facts.released = true;
    state.turn--;
    requested.answered(responding.hasListener);
    if (this.read?.facts === facts && facts.reader.complete) state.reading = false;
    const due = this.due.length;
    host.machine.send({ type: 'response.finished', last: facts.last, switched: false, more: due > 0, crowded: false });
  }

  /** A part of the body of the request that is read. */
  receive(text: string): void {
    if (this.read?.facts.reader.complete === false) {
      this.read.requested.machine.send({ type: 'wire.body', chunk: text as never });
    }
  }

  complete(trailers = false): void {
    const { read } = this;
    if (read === undefined || read.facts.reader.complete) return;
    read.requested.complete(trailers);
    if (!read.isDue) this.#world.state.reading = false;
  }

  drained(): void {
    const { due } = this;
    due[Math.min(this.#world.state.turn, due.length - 1)]?.responding.machine.send({ type: 'net.drained' });
  }

  /** Whether the last answer that is due may still say whether another request may follow. */
  get isOpenEnded(): boolean {
    const last = this.due.at(-1)?.facts;
    return last?.headed === false && last.keeps;
  }

  markLast(): void {
    (this.due.at(-1) as Exchange).facts.keeps = false;
  }

  /** The rest of the request that is read won't come. */
  cut(): void {
    if (this.read?.facts.reader.complete === false) this.read.requested.sever();
  }

  shut(): void {
    const { writer } = this.#world;
    writer.leave();
    for (const { responding } of this.due) responding.shut();
  }

  /** The transport is gone: each request ends whose answer isn't out, or that isn't whole. */
  abandon(): void {
    const { read, isAnsweredEarly } = this;
    for (const { requested } of this.due) requested.machine.send({ type: 'net.closed' });
    if (!isAnsweredEarly) return;
    this.#world.state.parted ??= 'forgotten-request';
    read?.requested.machine.send({ type: 'net.closed' });
  }

  /** Then their answers do. */
  close(): void {
    const { state } = this.#world;
    const { due } = this;
    state.closed = true;
    state.turn = 0;
    for (const { facts, responding } of due) {
      if (!facts.attached) state.parted ??= 'waiting-answers';
      responding.machine.send({ type: 'net.closed' });
    }
  }
}

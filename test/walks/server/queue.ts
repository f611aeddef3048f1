/** The requests of a connection and their responses, in their order: models Exchanges.ts. */
import { Exchange, newFacts } from './exchange.js';
import type { Head } from './found.js';
import type { World } from './world.js';

export class Queue {
  readonly #world: World;
  #passing = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** The exchanges whose response was not sent, oldest first. */
  get due(): Exchange[] {
    const { exchanges, state } = this.#world;
    return state.closed ? [] : exchanges.filter(({ isDue }) => isDue);
  }

  /** The exchange whose request is being read. */
  get read(): Exchange | undefined {
    const { exchanges, state } = this.#world;
    return state.reading ? exchanges.at(-1) : undefined;
  }

  /** Whether responses to requests before the one being read are due. */
  get hasOthers(): boolean {
    const { due, read } = this;
    const isDueItself = read !== undefined && due.at(-1) === read && !read.facts.reader.complete;
    return due.length > (isDueItself ? 1 : 0);
  }

  /** Whether the request being read already has its response. */
  get hasEarlyResponse(): boolean {
    return this.read?.isDue === false && !this.read.facts.reader.complete;
  }

  /** Whether a refusal may still be the response to the message being read. */
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

  /** The program gets a request. */
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
    requested.responded(responding.hasListener);
    if (this.read?.facts === facts && facts.reader.complete) state.reading = false;
    const due = this.due.length;
    host.machine.send({ type: 'response.finished', last: facts.last, switched: false, more: due > 0, crowded: false });
  }

  /** A part of the body of the request being read. */
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

  /** Whether the head of the last due response may still contain close. */
  get isOpenEnded(): boolean {
    const last = this.due.at(-1)?.facts;
    return last?.headed === false && last.keeps;
  }

  markLast(): void {
    (this.due.at(-1) as Exchange).facts.keeps = false;
  }

  /** The rest of the request being read will not come. */
  cut(): void {
    if (this.read?.facts.reader.complete === false) this.read.requested.sever();
  }

  shut(): void {
    const { writer } = this.#world;
    writer.leave();
    for (const { responding } of this.due) responding.shut();
  }

  /** The transport is closed: each request ends that is incomplete, or whose response was not sent. */
  abandon(): void {
    const { read, hasEarlyResponse } = this;
    for (const { requested } of this.due) requested.machine.send({ type: 'net.closed', hostOrder: false });
    if (!hasEarlyResponse) return;
    this.#world.state.parted ??= 'forgotten-request';
    read?.requested.machine.send({ type: 'net.closed', hostOrder: false });
  }

  /** Then their responses end. */
  close(): void {
    const { state } = this.#world;
    const { due } = this;
    state.closed = true;
    state.turn = 0;
    for (const { facts, responding } of due) {
      if (!facts.attached) state.parted ??= 'waiting-responses';
      responding.machine.send({ type: 'net.closed' });
    }
  }
}

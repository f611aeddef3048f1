/** The writer of the socket: models io/writer.ts. Pieces of one turn are sent together. */
import { HIGH_WATER_MARK } from '../kit/readable.js';
import type { Exchange } from './exchange.js';
import type { Write } from './state.js';
import type { World } from './world.js';

export class Writer {
  /** More requests may come in this turn. */
  expectsMany = false;
  readonly #world: World;
  #batched = 0;
  #ready: number[] = [];
  #hasBatch = false;
  #isCorked = false;
  /** Responses whose last byte was sent, and that are not notified yet. */
  #landing: number[] | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** More responses may become ready in this turn. */
  get #isBatching(): boolean {
    return this.expectsMany || this.#world.queue.due.length > 1;
  }

  /** @returns whether more may be written */
  write(length: number): boolean {
    if (this.#isBatching) return this.#collect(length);
    this.flush();
    this.#cork();
    return this.#world.socket.write({ length, lasts: [], isBatch: false });
  }

  end(length: number, { facts }: Exchange): boolean {
    if (this.#isBatching) return this.#collect(length, facts.id);
    const isApart = this.#hasBatch;
    if (isApart) this.#world.socket.cork();
    this.flush();
    const goesOn = this.#world.socket.write({ length, lasts: [facts.id], isBatch: false });
    if (isApart) this.#world.socket.uncork();
    this.uncork();
    return goesOn;
  }

  #collect(length: number, last?: number): boolean {
    const { turns, socket } = this.#world;
    if (!this.#hasBatch) turns.tick(() => this.flush());
    this.#hasBatch = true;
    this.#batched += length;
    if (last !== undefined) this.#ready.push(last);
    if (this.#batched + socket.writableLength < HIGH_WATER_MARK) return true;
    if (last === undefined) this.#cork();
    return this.flush();
  }

  flush(): boolean {
    if (!this.#hasBatch) return true;
    const write = { length: this.#batched, lasts: this.#ready, isBatch: this.#ready.length > 0 };
    this.#hasBatch = false;
    this.#batched = 0;
    this.#ready = [];
    return this.#world.socket.write(write);
  }

  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#world.socket.cork();
    this.#world.turns.tick(() => this.uncork());
  }

  uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#world.socket.uncork();
  }

  /** Sends everything that is ready. */
  leave(): void {
    this.flush();
    this.uncork();
  }

  /** The system has the last bytes of these responses. Those of one batch are each notified in a separate turn. */
  landed({ lasts, isBatch }: Write): void {
    if (lasts.length === 0) return;
    if (this.#landing === undefined && !isBatch) this.#notify(lasts);
    else if (this.#landing !== undefined) this.#landing.push(...lasts);
    else {
      this.#landing = [...lasts];
      this.#notifyNext();
    }
  }

  #notifyNext(): void {
    const next = this.#landing?.shift();
    if (next === undefined) {
      this.#landing = undefined;
      return;
    }
    this.#notify([next]);
    this.#world.turns.tick(() => this.#notifyNext());
  }

  #notify(lasts: readonly number[]): void {
    for (const last of lasts) {
      this.#world.exchanges.find(({ facts }) => facts.id === last)?.responding.flushed();
    }
  }
}

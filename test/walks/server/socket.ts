/** The socket: models `net.Socket`, and a Duplex that was handed to the server. */
import { HIGH_WATER_MARK } from '../kit/readable.js';
import type { Write } from './state.js';
import type { World } from './world.js';

/** More than the buffers of two kernels, and more than any other write. */
const KERNEL = 1 << 20;

export class Socket {
  readonly #world: World;
  #corks = 0;
  #corked: Write[] = [];
  /** A Duplex carries one write at a time, to its other half. */
  #carried: Write[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  get #isDuplex(): boolean {
    return this.#world.setup.transport === 'duplex';
  }

  get writableLength(): number {
    return [...this.#corked, ...this.#carried, ...this.#world.state.stuck].reduce((sum, { length }) => sum + length, 0);
  }

  cork(): void {
    this.#corks++;
  }

  uncork(): void {
    this.#corks--;
    if (this.#corks > 0 || this.#corked.length === 0) return;
    const writes = this.#corked;
    this.#corked = [];
    this.#dispatch(writes);
  }

  /** @returns whether more may be written */
  write(write: Write): boolean {
    const { state } = this.#world;
    if (state.destroyed || state.ended) return false;
    const goesOn = this.writableLength + write.length < HIGH_WATER_MARK;
    if (!goesOn) state.needsDrain = true;
    if (this.#corks > 0) this.#corked.push(write);
    else this.#dispatch([write]);
    return goesOn;
  }

  #dispatch(writes: readonly Write[]): void {
    const { state, turns } = this.#world;
    if (state.destroyed) return;
    const room = this.#isDuplex ? HIGH_WATER_MARK : KERNEL;
    if (state.stuck.length > 0 || (state.stalled && writes.some(({ length }) => length >= room)))
      state.stuck = [...state.stuck, ...writes];
    else if (this.#isDuplex) this.#carry(writes);
    else turns.tick(() => this.#written(writes));
  }

  #carry(writes: readonly Write[]): void {
    const isBusy = this.#carried.length > 0;
    this.#carried.push(...writes);
    if (!isBusy) this.#carryNext();
  }

  #carryNext(): void {
    const [next] = this.#carried;
    if (next === undefined) return;
    this.#world.turns.tick(() => {
      this.#carried.shift();
      this.#carryNext();
      this.#written([next]);
    });
  }

  /** The system has accepted these writes. */
  #written(writes: readonly Write[]): void {
    const { state, queue, writer } = this.#world;
    if (state.needsDrain && this.writableLength === 0 && !state.destroyed && !state.ended) {
      state.needsDrain = false;
      queue.drained();
    }
    for (const write of writes) writer.landed(write);
    this.#finish();
  }

  /** The peer reads again. */
  flow(): void {
    const { state, turns } = this.#world;
    state.stalled = false;
    const [first, ...rest] = state.stuck;
    if (first === undefined) return;
    turns.turn(() => {
      state.stuck = [];
      if (rest.length > 0) this.#dispatch(rest);
      this.#written([first]);
    });
  }

  /** `socket.end()` */
  end(): void {
    const { state, writer } = this.#world;
    if (state.ended) return;
    writer.flush();
    state.ended = true;
    this.#finish();
  }

  /** `destroySoon()`, after our FIN. */
  destroySoon(): void {
    if (!this.#isDuplex) this.destroy();
  }

  /** When nothing is left to write, our side sends FIN. */
  #finish(): void {
    const { state, turns, host } = this.#world;
    if (!state.ended || state.finished || this.writableLength > 0) return;
    state.finished = true;
    const finished = () => {
      if (!state.givenAway) host.finished();
      this.#closeWhenOver();
    };
    turns.tick(() => {
      if (this.#isDuplex) finished();
      else turns.turn(finished);
    });
  }

  /** Both sides have sent FIN. */
  #closeWhenOver(): void {
    const { finished, peerEnded } = this.#world.state;
    if (finished && peerEnded) this.destroy();
  }

  destroy(error?: string): void {
    const { state, turns, door, host, writer } = this.#world;
    if (state.destroyed) return;
    writer.flush();
    state.destroyed = true;
    state.errored = error !== undefined;
    state.stuck = [];
    if (error !== undefined) {
      turns.tick(() => {
        if (!state.givenAway) host.fail(error);
        else this.#world.record('process.uncaughtException');
      });
    }
    if (!this.#isDuplex) door.left();
    const close = () => {
      if (state.givenAway) state.closed = true;
      else host.closed();
    };
    if (this.#isDuplex) turns.tick(close);
    else turns.turn(close);
  }

  peerEnds(): void {
    const { state, turns, host } = this.#world;
    turns.turn(() => {
      state.peerEnded = true;
      if (!state.givenAway) host.ended();
      this.#closeWhenOver();
    });
  }

  peerResets(): void {
    this.#world.turns.turn(() => this.destroy('ECONNRESET'));
  }
}

/** The server itself: what Server.ts and `net.Server` do. */
import type { ServerEvent, ServerOrder } from '../../../src/events/server.js';
import { Machine } from '../kit/machine.js';
import type { World } from './world.js';

export type ServerMachine = Machine<ServerEvent, ServerOrder>;

export class Door {
  readonly machine: ServerMachine;
  readonly #world: World;

  constructor(world: World, at?: ServerMachine['at']) {
    this.#world = world;
    this.machine = new Machine('server', (order) => this.#deliver(order), world.taken, at);
  }

  get isClosing(): boolean {
    return this.machine.matches('door.closing');
  }

  #deliver(order: ServerOrder): void {
    const { host, setup, state } = this.#world;
    if (order.type === 'io.announceClose' && setup !== undefined && !state.closed && !state.givenAway) {
      host.announceClose();
    }
  }

  /** It listens, and the first connection is here. */
  opens(): void {
    this.machine.send({ type: 'net.listening' });
    this.machine.send({ type: 'net.occupied' });
  }

  listens(): void {
    const { state, turns } = this.#world;
    state.listening = true;
    turns.tick(() => this.machine.send({ type: 'net.listening' }));
  }

  /** `server.close()`; of net.Server, our machine isn't told. */
  closes(isOurs: boolean): void {
    const { host, setup, state } = this.#world;
    if (isOurs) {
      this.machine.send({ type: 'user.close' });
      if (setup !== undefined && !state.closed && !state.givenAway) host.closeIdle();
    }
    this.#world.state.listening = false;
    this.left();
  }

  /** A connection has gone, or the door: with the last of all of them it is closed. */
  left(): void {
    const { state, setup, turns } = this.#world;
    // A Duplex that was handed over is none of the connections of `net.Server`; that of the late peer may be one.
    const isEmpty = setup.transport === 'duplex' || (state.destroyed && !(state.late && setup.hearsErrors));
    if (state.listening || !isEmpty) return;
    turns.tick(() => {
      this.machine.send({ type: 'net.closed' });
      this.#world.tell('server.close');
    });
  }

  /** The connection is none of its own any more. */
  forgets(): void {
    this.machine.send({ type: 'net.vacated' });
  }
}

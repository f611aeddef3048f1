/** The server itself: models Server.ts and `net.Server`. */
import type { ServerEmission, ServerEvent } from '../../../src/events/server.js';
import { Machine } from '../kit/machine.js';
import type { World } from './world.js';

export type ServerMachine = Machine<ServerEvent, ServerEmission>;

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

  #deliver(order: ServerEmission): void {
    const { host, setup, state, turns } = this.#world;
    const hasConnection = setup !== undefined && !state.closed && !state.givenAway;
    switch (order.type) {
      case 'io.announceClose':
        if (hasConnection) host.announceClose();
        break;
      case 'io.announceDrain':
        if (hasConnection) host.announceDrain();
        break;
      case 'io.cut':
        if (hasConnection) host.cut();
        break;
      case 'io.shut':
        // The connections that wait are taken before.
        turns.turn(() => turns.turn(() => this.#shut()));
        break;
    }
  }

  #shut(): void {
    if (!this.#world.state.listening) return;
    this.#world.state.listening = false;
    this.left();
  }

  /** `server.drain()`. @param takesOn whether new connections are taken still */
  drains(takesOn: boolean): void {
    this.#world.state.draining = true;
    this.machine.send({ type: 'user.drain' });
    if (!takesOn) this.machine.send({ type: 'clock.graced' });
  }

  /** Its signal ends it. */
  cuts(): void {
    this.#world.state.cut = true;
    this.machine.send({ type: 'clock.overdue' });
  }

  /** The server listens, and the first connection is accepted. */
  opens(): void {
    this.machine.send({ type: 'net.listening' });
    this.machine.send({ type: 'net.occupied' });
  }

  listens(): void {
    const { state, turns } = this.#world;
    state.listening = true;
    turns.tick(() => this.machine.send({ type: 'net.listening' }));
  }

  /** `server.close()`; a call of net.Server's method is not sent to our machine. */
  closes(isOurs: boolean): void {
    const { host, setup, state } = this.#world;
    if (isOurs) {
      this.machine.send({ type: 'user.close' });
      if (setup !== undefined && !state.closed && !state.givenAway) host.closeIdle();
    }
    this.#world.state.listening = false;
    this.left();
  }

  /** A connection, or the listening socket, has closed: with the last of them the server is closed. */
  left(): void {
    const { state, setup, turns } = this.#world;
    // A Duplex that was handed to the server doesn't count as a connection of `net.Server`; that of the late peer may.
    const isEmpty = setup.transport === 'duplex' || (state.destroyed && !(state.late && setup.listensToErrors));
    if (state.listening || !isEmpty) return;
    turns.tick(() => {
      this.machine.send({ type: 'net.closed' });
      this.#world.record('server.close');
    });
  }

  /** The connection leaves the server. */
  forgets(): void {
    this.machine.send({ type: 'net.vacated' });
  }
}

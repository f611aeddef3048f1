import type { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import { newTrack } from '../../engine/history.js';
import { startAt, startNowhere } from '../../engine/place.js';
import { carryOut } from '../../engine/program.js';
import type { ServerFacts } from '../../events/facts.js';
import type { ServerEmission, ServerEvent } from '../../events/server.js';
import type { MessageHead } from '../../events/wire.js';
import { now, Sweeper } from '../../io/clock.js';
import { serverMachine } from '../../machines/server.js';
import { invalidState, serverNotRunning } from '../compat/errors.js';
import { durationOf } from '../compat/limits.js';
import { forward } from '../message/forward.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import { know, knowAs } from '../process/known.js';
import type { ConnectionHost } from './ConnectionHost.js';
import { Connections } from './Connections.js';
import { Drain, type DrainOptions, type DrainResult, readDrainOptions } from './Drain.js';
import { handedOverFacts, ServerView } from './facts.js';
import { type Handed, HandedOver } from './HandedOver.js';
import type { ServerSettings } from './settings.js';
import { shutDoor } from './shutDoor.js';

const chart = compile(serverMachine);
const isUnbound = chart.matcher('door.unbound');
const isDraining = chart.matcher('door.draining');
const isClosing = chart.matcher('door.closing');

/** Binds the machine of a server to its connections. */
export class ServerHost {
  readonly actor: Actor<Record<string, never>, ServerEvent, ServerEmission>;
  readonly connections = new Connections<ConnectionHost>();
  readonly server: NetServer & Pick<ServerSettings, 'connectionsCheckingInterval'>;
  private readonly sweeper = new Sweeper(() => carryOut(this.sweep, this as ServerHost, undefined, undefined));
  /** Requests that were made early, for `shouldUpgradeCallback`. */
  readonly asked = new WeakMap<MessageHead, IncomingMessage>();
  readonly handedOver = new HandedOver();
  private draining: Drain | undefined;
  /** The socket whose handshake has failed. */
  private failed: Duplex | undefined;

  constructor(server: ServerHost['server']) {
    this.server = server;
    startAt(0, 0, newTrack());
    this.actor = start(chart, this);
    startNowhere();
    know(this);
  }

  facts(): ServerFacts {
    return new ServerView(this);
  }

  /** The only entrance to the machine. */
  send(event: ServerEvent): void {
    this.actor.send(event);
  }

  deliver(emission: ServerEmission): void {
    switch (emission.type) {
      case 'server.clientError':
        forward(this.server, emission.type, emission.error, this.takeFailed());
        break;
      case 'io.fail':
        this.takeFailed()?.destroy(emission.error);
        break;
      case 'io.announceClose':
        for (const connection of this.connections) connection.announceClose();
        break;
      case 'io.announceDrain':
        for (const connection of this.connections) connection.announceDrain(this.draining as Drain);
        break;
      case 'io.shut':
        shutDoor(this.server);
        break;
      case 'io.cut':
        for (const connection of this.connections) connection.cut();
        this.draining?.cutAll();
        break;
      case 'io.startSweep':
        this.startSweep();
        break;
      case 'io.stopSweep':
        this.sweeper.stop();
        break;
    }
  }

  /** The TLS handshake of a socket has failed. */
  refuse(socket: Duplex, error: Error): void {
    this.failed = socket;
    this.send({ type: 'net.failed', error, hasListener: this.server.listenerCount('clientError') > 0 });
  }

  private takeFailed(): Duplex | undefined {
    const { failed } = this;
    this.failed = undefined;
    return failed;
  }

  /** Adds a connection. */
  add(connection: ConnectionHost): void {
    this.connections.add(connection);
    if (this.connections.size === 1) this.send({ type: 'net.occupied' });
    if (!isDraining(this.actor) && !isClosing(this.actor)) return;
    if (this.draining === undefined) connection.announceClose();
    else connection.announceDrain(this.draining);
  }

  /** The connection is closed, or handed over to the program. */
  forget(connection: ConnectionHost): void {
    if (this.connections.delete(connection) && this.connections.size === 0) this.send({ type: 'net.vacated' });
    this.draining?.check();
  }

  /** The listening socket, and all connections that came by it, are closed. */
  closed(): void {
    this.send({ type: 'net.closed' });
    this.draining?.check();
  }

  /** The socket of a connection belongs to the program now. */
  handOver(handed: Handed): void {
    const time = now();
    this.handedOver.add(handed);
    knowAs(handed.socket, { facts: () => handedOverFacts(handed, time) });
    this.draining?.watch(handed);
  }

  /**
   * @returns resolves when the server was drained
   * @throws ERR_INVALID_STATE, ERR_SERVER_NOT_RUNNING, or what `readDrainOptions` throws
   */
  drain(options: DrainOptions): Promise<DrainResult> {
    const given = readDrainOptions(options);
    if (this.draining !== undefined) throw invalidState('The server is draining');
    if (!this.server.listening) throw serverNotRunning();
    const drain = new Drain(this, given);
    this.draining = drain;
    this.send({ type: 'user.drain' });
    drain.begin(this.handedOver);
    return drain.result;
  }

  get isVacant(): boolean {
    return isUnbound(this.actor) && this.connections.size === 0;
  }

  drained(): void {
    this.draining = undefined;
  }

  private startSweep(): void {
    const interval = durationOf(this.server.connectionsCheckingInterval);
    if (interval > 0) this.sweeper.start(interval);
  }

  private sweep(): void {
    const time = now();
    for (const connection of this.connections) connection.checkDeadlines(time);
  }
}

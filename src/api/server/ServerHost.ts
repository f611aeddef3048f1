import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import { carryOut } from '../../engine/program.js';
import type { ServerEmission, ServerEvent } from '../../events/server.js';
import type { MessageHead } from '../../events/wire.js';
import { now, Sweeper } from '../../io/clock.js';
import { serverMachine } from '../../machines/server.js';
import { durationOf } from '../compat/limits.js';
import { forward } from '../message/forward.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { ConnectionHost } from './ConnectionHost.js';
import { Connections } from './Connections.js';
import type { ServerSettings } from './settings.js';

const chart = compile(serverMachine);
const isClosing = chart.matcher('door.closing');

/** Binds the machine of a server to its connections. */
export class ServerHost {
  readonly actor: Actor<Record<string, never>, ServerEvent, ServerEmission>;
  readonly connections = new Connections<ConnectionHost>();
  private readonly server: EventEmitter & Pick<ServerSettings, 'connectionsCheckingInterval'>;
  private readonly sweeper = new Sweeper(() => carryOut(this.sweep, this as ServerHost, undefined, undefined));
  /** Requests that were made early, for `shouldUpgradeCallback`. */
  readonly asked = new WeakMap<MessageHead, IncomingMessage>();
  /** The socket whose handshake has failed. */
  private failed: Duplex | undefined;

  constructor(server: ServerHost['server']) {
    this.server = server;
    this.actor = start(chart, this);
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
    if (isClosing(this.actor)) connection.announceClose();
  }

  /** The connection is closed, or handed over to the program. */
  forget(connection: ConnectionHost): void {
    if (this.connections.delete(connection) && this.connections.size === 0) this.send({ type: 'net.vacated' });
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

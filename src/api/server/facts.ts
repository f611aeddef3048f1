/** What a server and its connections say about themselves, for `explain`. */
import type { Server as NetServer } from 'node:net';
import { latestOf } from '../../engine/history.js';
import type { Place } from '../../engine/place.js';
import type {
  ConnectionFacts,
  DeadlineFacts,
  ExchangeFacts,
  HandedOverFacts,
  IncomingRequestFacts,
  ResponseFacts,
  ServerFacts,
  SocketFacts,
} from '../../events/facts.js';
import { moment } from '../../io/clock.js';
import type { Gate } from '../../io/gate.js';
import { heldBy } from '../../io/socket.js';
import { shown } from '../compat/describe.js';
import { SocketView } from '../compat/facts.js';
import { limitOf } from '../compat/limits.js';
import { View } from '../process/known.js';
import type { Deadlines } from './Deadlines.js';
import type { Drain } from './Drain.js';
import type { Exchanges } from './Exchanges.js';
import type { Handed } from './HandedOver.js';
import { hostOf, hostOfRequest } from './prototypes.js';
import type { ServerResponse } from './ServerResponse.js';
import type { ServerSocket } from './ServerSocket.js';

type Running = Place & { readonly value: unknown };

interface AskedConnection {
  readonly actor: Running;
  readonly socket: ServerSocket;
  readonly gate: Gate;
  readonly exchanges: Exchanges;
  readonly deadlines: Deadlines;
  readonly drain: Drain | undefined;
  readonly server: { readonly timeout: unknown; listenerCount(event: 'clientError'): number };
  readonly verdict: number;
}

interface Asked extends AskedConnection {
  facts(): ConnectionFacts;
}

interface AskedServer {
  readonly actor: Running;
  readonly connections: {
    readonly size: number;
    forEach(call: (connection: Asked) => void, touch: (connection: AskedConnection) => number): void;
  };
  readonly handedOver: ServerFacts['handedOver'];
  readonly server: NetServer;
}

const none: readonly never[] = [];

class ExchangeView implements ExchangeFacts {
  readonly of: ConnectionFacts;
  private readonly message: ServerResponse;

  constructor(of: ConnectionFacts, message: ServerResponse) {
    this.of = of;
    this.message = message;
  }

  get response(): ResponseFacts {
    return hostOf(this.message).facts() as ResponseFacts;
  }

  get request(): IncomingRequestFacts {
    return hostOfRequest(this.message.req).facts() as IncomingRequestFacts;
  }
}

export class ConnectionView extends View<ConnectionFacts['state'], AskedConnection> implements ConnectionFacts {
  get kind(): 'connection' {
    return 'connection';
  }

  get socket(): SocketFacts {
    const { socket, exchanges, gate } = this.host;
    return new SocketView(socket, gate, exchanges.writer);
  }

  get timer(): ConnectionFacts['timer'] {
    return this.host.socket.timeout && !this.hearsTimeout ? timerOf(this.host) : undefined;
  }

  get deadlines(): DeadlineFacts {
    const { deadlines, drain } = this.host;
    return { ...deadlines.left, drain: drain?.left };
  }

  get hearsTimeout(): boolean {
    return this.host.exchanges.hasTimeoutListener();
  }

  get hearsFault(): boolean {
    return this.host.server.listenerCount('clientError') > 0;
  }

  get serverTimeout(): number {
    return limitOf(this.host.server.timeout);
  }

  get lateUse(): number {
    return this.host.deadlines.lateUse;
  }

  get verdict(): number | undefined {
    return this.host.verdict === 0 ? undefined : this.host.verdict;
  }

  get exchanges(): readonly ExchangeFacts[] {
    const { responses } = this.host.exchanges;
    if (responses.first === undefined) return none;
    if (responses.length === 1) return [new ExchangeView(this, responses.first)];
    return [...responses].map((response) => new ExchangeView(this, response));
  }

  get reading(): IncomingRequestFacts | undefined {
    const { responses, reading } = this.host.exchanges;
    if (reading === undefined || reading.complete || responses.last?.req === reading) return undefined;
    return hostOfRequest(reading).facts() as IncomingRequestFacts;
  }
}

/** Whose the inactivity timeout of a socket is. */
export const timerOf = ({
  socket,
  server,
}: {
  readonly socket: ServerSocket;
  readonly server: { readonly timeout: unknown };
}): 'server.timeout' | 'setTimeout' => (socket.timeout === server.timeout ? 'server.timeout' : 'setTimeout');

/** @param since when it was handed over, in ms */
export const handedOverFacts = ({ socket, connection, what }: Handed, since: number): HandedOverFacts => ({
  kind: 'handedOver',
  connection,
  what,
  since: moment - since,
  socket: new SocketView(socket),
});

export class ServerView extends View<ServerFacts['state'], AskedServer> implements ServerFacts {
  get kind(): 'server' {
    return 'server';
  }

  get what(): string {
    return shown(addressOf(this.host.server));
  }

  get size(): number {
    return this.host.connections.size;
  }

  /** By the server's own count: a socket is a connection of ours after its handshake. */
  get handshakes(): number {
    const { server, connections, handedOver } = this.host;
    const { _connections: count } = server as { _connections?: number };
    if (!('setSecureContext' in server) || count === undefined) return 0;
    return Math.max(0, count - connections.size - [...handedOver].length);
  }

  get handedOver(): ServerFacts['handedOver'] {
    return this.host.handedOver;
  }

  eachConnection(call: (facts: ConnectionFacts) => void): void {
    this.host.connections.forEach((connection) => {
      call(connection.facts());
    }, touch);
  }
}

/** Looks at the objects that explanations of a connection and of its first exchange are made of. */
function touch({ actor, socket, exchanges }: AskedConnection): number {
  const { first } = exchanges.responses;
  const exchange = first === undefined ? 0 : hostOf(first).actor.exchange + hostOfRequest(first.req).actor.exchange;
  return exchange + latestOf(actor.track) + (socket.destroyed || heldBy(socket) !== undefined ? 1 : 0);
}

/** Where it listens; '' while it doesn't. */
function addressOf(server: Pick<NetServer, 'listening' | 'address'>): string {
  const address = server.listening ? server.address() : null;
  return typeof address === 'object' && address ? `${hostName(address.address)}:${address.port}` : (address ?? '');
}

const hostName = (address: string): string => (address.includes(':') ? `[${address}]` : address);

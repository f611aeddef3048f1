/** The owners of a connection and of its exchanges: the members that these use. */
import type { EventEmitter } from 'node:events';
import type { Place } from '../../engine/place.js';
import type { ConnectionEvent } from '../../events/connection.js';
import type { MessageHead } from '../../events/wire.js';
import type { Gate } from '../../io/gate.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { Handed } from './HandedOver.js';
import type { ServerSocket } from './ServerSocket.js';
import type { ServerSettings } from './settings.js';

/** The server, as exchanges use it. */
interface ExchangesServer extends EventEmitter, ServerSettings {
  /** Whether listeners may put messages onto prototypes of node:http. Undefined before the first response. */
  _isGuarded: boolean | undefined;
  /** The request that `shouldUpgradeCallback` was asked about, if it was. */
  _askedAbout(head: MessageHead): IncomingMessage | undefined;
}

/** The connection, as its exchanges use it. */
export interface ExchangesHost {
  readonly server: ExchangesServer;
  readonly socket: ServerSocket;
  readonly gate: Gate;
  readonly actor: Place;
  /** How the connection ends, as far as it is known: rules/ending.ts. */
  readonly verdict: number;
  /** The request whose head is handed out is the last that `maxRequestsPerSocket` allows, or comes after it. */
  readonly isLimited: boolean;
  /** The number of its requests so far. */
  readonly requests: number;
  /** Whether another request may follow the one whose head is handed out. */
  readonly persists: boolean;
  send(event: ConnectionEvent): void;
  /** The request that is read. */
  set incoming(request: IncomingMessage | null);
}

/** The server, as its connections use it. */
export interface ConnectionServer<Connection> extends ExchangesServer {
  /** How many bytes a head may have. */
  _maxHeaderSize(): number;
  /** Whether the request gets the protocol that it asks for. This calls the program. */
  _shouldUpgrade(head: MessageHead, socket: ServerSocket): boolean;
  /** The connection is closed, or handed over to the program. */
  _forget(connection: Connection): void;
  /** Its socket belongs to the program now. */
  _handOver(handed: Handed): void;
}

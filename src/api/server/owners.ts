/** Who is above a connection and its exchanges, as far as these need them. */
import type { EventEmitter } from 'node:events';
import type { ConnectionEvent } from '../../events/connection.js';
import type { MessageHead } from '../../events/wire.js';
import type { Gate } from '../../io/gate.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { ServerSocket } from './ServerSocket.js';
import type { ServerSettings } from './settings.js';

/** The server, as exchanges need it. */
interface ExchangesServer extends EventEmitter, ServerSettings {
  /** The request that `shouldUpgradeCallback` was asked about, if it was. */
  _askedAbout(head: MessageHead): IncomingMessage | undefined;
}

/** The connection, as its exchanges need it. */
export interface ExchangesHost {
  readonly server: ExchangesServer;
  readonly socket: ServerSocket;
  readonly gate: Gate;
  /** Requests that came on it. */
  readonly requests: number;
  /** Whether another request may follow the one whose head is handed out. */
  readonly persists: boolean;
  send(event: ConnectionEvent): void;
  /** The request that is read. */
  set incoming(request: IncomingMessage | null);
}

/** The server, as its connections need it. */
export interface ConnectionServer<Connection> extends ExchangesServer {
  /** Bytes that a head may have. */
  _maxHeaderSize(): number;
  /** Whether the request gets the protocol that it asks for. Calls the program. */
  _shouldUpgrade(head: MessageHead, socket: ServerSocket): boolean;
  /** The connection is over, or somebody else's. */
  _forget(connection: Connection): void;
}

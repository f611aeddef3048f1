/** What a server and its connections say about themselves, for `explain`. */
import type { Server as NetServer } from 'node:net';
import type { Place } from '../../engine/place.js';
import type {
  ConnectionFacts,
  ExchangeFacts,
  IncomingRequestFacts,
  ResponseFacts,
  ServerFacts,
} from '../../events/facts.js';
import { socketFacts } from '../compat/facts.js';
import { placeFacts } from '../process/known.js';
import type { Deadlines } from './Deadlines.js';
import { addressOf } from './describe.js';
import type { Exchanges } from './Exchanges.js';
import { hostOf, hostOfRequest } from './prototypes.js';
import type { ServerSocket } from './ServerSocket.js';

type Running = Place & { readonly value: unknown };

interface AskedConnection {
  readonly actor: Running;
  readonly socket: ServerSocket;
  readonly exchanges: Exchanges;
  readonly deadlines: Deadlines;
}

interface AskedServer {
  readonly actor: Running;
  readonly connections: Iterable<{ facts(): ConnectionFacts }>;
  readonly server: unknown;
}

export function connectionFacts({ actor, socket, exchanges, deadlines }: AskedConnection): ConnectionFacts {
  const { responses, reading } = exchanges;
  const isRead = reading !== undefined && !reading.complete && responses.last?.req !== reading;
  return {
    kind: 'connection',
    ...placeFacts(actor),
    state: actor.value as ConnectionFacts['state'],
    socket: socketFacts(socket, Boolean(socket.timeout) && !exchanges.hasTimeoutListener()),
    deadlines: deadlines.left,
    exchanges: [...responses].map(
      (response): ExchangeFacts => ({
        request: hostOfRequest(response.req).facts() as IncomingRequestFacts,
        response: hostOf(response).facts() as ResponseFacts,
      }),
    ),
    reading: isRead ? (hostOfRequest(reading).facts() as IncomingRequestFacts) : undefined,
  };
}

export function serverFacts({ actor, connections, server }: AskedServer): ServerFacts {
  return {
    kind: 'server',
    ...placeFacts(actor),
    what: addressOf(server as NetServer),
    state: actor.value as ServerFacts['state'],
    connections: [...connections].map((connection) => connection.facts()),
  };
}

/** All charts: what each is sent, what it emits and in which states it can be. */
import type { ClientConnectionEmission, ClientConnectionEvent } from './client-connection.js';
import type { ConnectionEmission, ConnectionEvent } from './connection.js';
import type {
  IncomingEvent,
  IncomingRequestEmission,
  IncomingResponseEmission,
  OutgoingEmission,
  OutgoingEvent,
} from './message.js';
import type { RequestEmission, RequestEvent } from './request.js';
import type { ServerEmission, ServerEvent } from './server.js';
import type { States } from './states.js';

interface Charts {
  connection: { event: ConnectionEvent; emission: ConnectionEmission };
  incomingRequest: { event: IncomingEvent; emission: IncomingRequestEmission };
  response: { event: OutgoingEvent; emission: OutgoingEmission<'res'> };
  server: { event: ServerEvent; emission: ServerEmission };
  clientConnection: { event: ClientConnectionEvent; emission: ClientConnectionEmission };
  request: { event: OutgoingEvent | RequestEvent; emission: OutgoingEmission<'req'> | RequestEmission };
  incomingResponse: { event: IncomingEvent; emission: IncomingResponseEmission };
}

/** The name of one of statewire's machines: docs/how-it-fits.md shows how they meet. */
export type ChartName = keyof Charts & keyof States;

/** The event by which an actor starts. */
export interface Started {
  readonly type: 'xstate.init';
  readonly input?: unknown;
}

/** What a machine is sent: facts and commands. */
export type EventOf<Name extends ChartName> = Charts[Name]['event'];

/** What a machine emits: notices for the program and orders to the world (`io.*`). */
export type EmissionOf<Name extends ChartName> = Charts[Name]['emission'];

/** The state of a machine. */
export type StateOf<Name extends ChartName> = States[Name];

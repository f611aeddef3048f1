/** The events of each machine: a sample of each type with all combinations of the flags that guards read. */

import type { EventLike } from '../engine/args.js';
import type { ClientConnectionEvent } from '../events/client-connection.js';
import type { ConnectionEvent, HeadFact, PeerFault } from '../events/connection.js';
import type { IncomingEvent, OutgoingChunk, OutgoingEvent } from '../events/message.js';
import type { RequestEvent } from '../events/request.js';
import type { ServerEvent } from '../events/server.js';

/** The events of a machine. */
export interface Alphabet {
  readonly events: readonly EventLike[];
}

/** For each property, its possible values. */
type Samples<Event> = { readonly [Key in keyof Event]: readonly Event[Key][] };

const both = [false, true] as const;

/** All combinations. */
function each<Event extends object>(samples: Samples<Event>): Event[] {
  let events: object[] = [{}];
  for (const [key, values] of Object.entries(samples) as [string, readonly unknown[]][]) {
    events = events.flatMap((event) => values.map((value) => ({ ...event, [key]: value })));
  }
  return events as Event[];
}

type Of<Event, Type> = Extract<Event, { type: Type }>;

const plain: Samples<HeadFact> = {
  type: ['wire.head'],
  head: ['head'],
  kind: ['ordinary'],
  changesTo: ['none'],
  hasListener: [false],
  persists: both,
  crowded: both,
};

const heads: Partial<Samples<HeadFact>>[] = [
  {},
  { kind: ['unhosted'] },
  { kind: ['unhosted'], changesTo: ['upgrade'] },
  { kind: ['leaving'], changesTo: ['upgrade', 'connect', 'unclaimed'] },
  { kind: ['surplus'] },
  { kind: ['continue', 'expectation'], hasListener: both },
];

const error = new Error('at fault');

const fault: Samples<PeerFault> = { error: [error], hasListener: both, unsent: both, preceded: both };

const connection: ConnectionEvent[] = [
  ...heads.flatMap((head) => each<HeadFact>({ ...plain, ...head })),
  { type: 'wire.partial' },
  { type: 'wire.complete' },
  ...each<PeerFault & { readonly type: 'wire.malformed' | 'response.unblocked' | 'net.failed' }>({
    type: ['wire.malformed', 'response.unblocked', 'net.failed'],
    ...fault,
  }),
  ...each<Of<ConnectionEvent, 'clock.expired'>>({ type: ['clock.expired'], headLate: both, wholeLate: both, ...fault }),
  ...each<Of<ConnectionEvent, 'wire.truncated'>>({ type: ['wire.truncated'], error: [error], hasListener: both }),
  ...each<Of<ConnectionEvent, 'net.ended'>>({ type: ['net.ended'], halfOpen: both }),
  ...each<Of<ConnectionEvent, 'net.finished'>>({ type: ['net.finished'], settled: both }),
  { type: 'net.closed' },
  ...each<Of<ConnectionEvent, 'net.timedOut'>>({ type: ['net.timedOut'], hasListener: both }),
  { type: 'response.last' },
  { type: 'response.switched' },
  ...each<Of<ConnectionEvent, 'net.excess'>>({ type: ['net.excess'], much: both }),
  { type: 'clock.cooled' },
  { type: 'clock.unlimited' },
  { type: 'clock.rested' },
  { type: 'clock.polled' },
  ...each<Of<ConnectionEvent, 'clock.settled'>>({ type: ['clock.settled'], sending: both }),
  { type: 'clock.lingered' },
  ...each<Of<ConnectionEvent, 'response.finished'>>({
    type: ['response.finished'],
    last: both,
    switched: both,
    more: both,
    crowded: both,
  }),
  ...each<Of<ConnectionEvent, 'server.closing'>>({ type: ['server.closing'], openEnded: both }),
  ...each<Of<ConnectionEvent, 'server.draining'>>({ type: ['server.draining'], openEnded: both }),
  ...each<Of<ConnectionEvent, 'server.cutting'>>({ type: ['server.cutting'], unsent: both }),
  { type: 'user.closeIdle' },
];

const incomingRequest: IncomingEvent[] = [
  { type: 'wire.body', chunk: Buffer.from('body') },
  { type: 'wire.trailers', lines: ['a', 'b'] },
  ...each<Of<IncomingEvent, 'wire.complete'>>({ type: ['wire.complete'], hasListener: both }),
  ...each<Of<IncomingEvent, 'response.finished'>>({ type: ['response.finished'], hasListener: both }),
  { type: 'wire.empty' },
  { type: 'wire.severed' },
  { type: 'user.read' },
  { type: 'stream.full' },
  ...each<Of<IncomingEvent, 'user.destroy'>>({ type: ['user.destroy'], consumed: both }),
  { type: 'net.closed', hostOrder: false },
];

const incomingResponse: IncomingEvent[] = [
  { type: 'wire.body', chunk: Buffer.from('body') },
  { type: 'wire.trailers', lines: ['a', 'b'] },
  ...each<Of<IncomingEvent, 'wire.complete'>>({ type: ['wire.complete'], hasListener: both }),
  { type: 'user.read' },
  { type: 'stream.full' },
  ...each<Of<IncomingEvent, 'user.destroy'>>({ type: ['user.destroy'], consumed: both }),
  { type: 'net.timedOut' },
  ...each<Of<IncomingEvent, 'net.closed'>>({ type: ['net.closed'], hostOrder: both }),
  { type: 'clock.tick' },
];

const outgoing: OutgoingChunk = { chunk: 'chunk', encoding: 'utf8', callback: undefined };

const response: OutgoingEvent[] = [
  ...each<Of<OutgoingEvent, 'user.head'>>({ type: ['user.head'], last: both, bodyless: both, switches: both }),
  { type: 'user.headRecalled' },
  { type: 'user.inform', ...outgoing },
  { type: 'user.write', ...outgoing },
  { type: 'user.miscounted' },
  { type: 'user.end', ...outgoing },
  { type: 'user.flush' },
  { type: 'user.destroy' },
  { type: 'user.misused', error: new Error('misused') },
  { type: 'response.passed' },
  { type: 'net.attached' },
  { type: 'net.detached' },
  { type: 'net.shut' },
  { type: 'net.full' },
  { type: 'net.drained' },
  ...each<Of<OutgoingEvent, 'net.flushed'>>({ type: ['net.flushed'], hasListener: both }),
  { type: 'net.closed' },
  { type: 'clock.tick' },
];

const request: (OutgoingEvent | RequestEvent)[] = [
  ...each<Of<OutgoingEvent, 'user.head'>>({ type: ['user.head'], last: [false], bodyless: both, switches: [false] }),
  { type: 'user.headRecalled' },
  { type: 'user.inform', ...outgoing },
  { type: 'user.write', ...outgoing },
  { type: 'user.miscounted' },
  { type: 'user.end', ...outgoing },
  { type: 'user.flush' },
  { type: 'user.destroy' },
  ...each<Of<RequestEvent, 'user.abort'>>({ type: ['user.abort'], hostOrder: both, ownsSocket: both }),
  ...each<Of<RequestEvent, 'user.forsake'>>({ type: ['user.forsake'], hostOrder: both }),
  { type: 'user.misused', error: new Error('misused') },
  { type: 'net.attached' },
  ...each<Of<RequestEvent, 'net.opened'>>({ type: ['net.opened'], writable: both }),
  { type: 'net.refused' },
  { type: 'net.shut' },
  { type: 'net.full' },
  { type: 'net.drained' },
  { type: 'net.flushed', hasListener: true },
  { type: 'net.timedOut' },
  ...each<Of<RequestEvent, 'net.ended'>>({ type: ['net.ended'], retriable: both }),
  ...(['net.failed', 'net.closed'] as const).flatMap((type) =>
    each<Extract<RequestEvent, { hostOrder: boolean; retriable: boolean }>>({
      type: [type],
      retriable: both,
      hostOrder: both,
    }),
  ),
  ...each<Of<RequestEvent, 'wire.head'>>({
    type: ['wire.head'],
    head: ['head'],
    kind: ['interim', 'upgrade', 'connect', 'final'],
    hasListener: both,
  }),
  { type: 'wire.continue' },
  ...each<Of<RequestEvent, 'wire.complete'>>({ type: ['wire.complete'], keeps: both, unread: both }),
  { type: 'wire.malformed' },
  { type: 'response.handedOver' },
  ...each<Of<RequestEvent, 'response.ended'>>({ type: ['response.ended'], keeps: both }),
  { type: 'response.cancelled' },
  { type: 'response.failed' },
  { type: 'clock.tick' },
  { type: 'clock.aborted' },
];

const clientConnection: ClientConnectionEvent[] = [
  { type: 'request.assigned' },
  { type: 'request.released' },
  { type: 'request.freed' },
  { type: 'request.upgraded' },
  { type: 'user.agentRemove' },
  { type: 'wire.unsolicited' },
  { type: 'net.ended' },
  { type: 'net.failed' },
  { type: 'net.closed' },
];

const server: ServerEvent[] = [
  { type: 'net.listening' },
  { type: 'net.occupied' },
  { type: 'net.vacated' },
  { type: 'net.closed' },
  ...each<Of<ServerEvent, 'net.failed'>>({ type: ['net.failed'], error: [new Error('handshake')], hasListener: both }),
  { type: 'user.close' },
  { type: 'user.drain' },
  { type: 'clock.graced' },
  { type: 'clock.overdue' },
];

/** By the names in `src/machines/index.ts`. */
export const alphabets: Readonly<Record<string, Alphabet>> = {
  connection: { events: connection },
  incomingRequest: { events: incomingRequest },
  response: { events: response },
  server: { events: server },
  clientConnection: { events: clientConnection },
  request: { events: request },
  incomingResponse: { events: incomingResponse },
};

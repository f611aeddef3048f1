/** What each machine can be told: a sample of every event, with every combination of the flags that decide something. */

import type { EventLike } from '../engine/args.js';
import type { ClientConnectionEvent } from '../events/client-connection.js';
import type { ConnectionEvent, HeadFact, Refusal } from '../events/connection.js';
import type { IncomingEvent, OutgoingEvent, Outlay } from '../events/message.js';
import type { RequestEvent } from '../events/request.js';
import type { ServerEvent } from '../events/server.js';

/** The events of a machine. */
export interface Alphabet {
  readonly events: readonly EventLike[];
}

/** For each property the values that it may have. */
type Samples<Event> = { readonly [Key in keyof Event]: readonly Event[Key][] };

const both = [false, true] as const;

/** Every combination. */
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
  leavesBy: ['none'],
  heard: [false],
  persists: both,
  crowded: both,
};

const heads: Partial<Samples<HeadFact>>[] = [
  {},
  { kind: ['unhosted'] },
  { kind: ['unhosted'], leavesBy: ['upgrade'] },
  { kind: ['leaving'], leavesBy: ['upgrade', 'connect', 'nobody'] },
  { kind: ['surplus'] },
  { kind: ['continue', 'expectation'], heard: both },
];

const connection: ConnectionEvent[] = [
  ...heads.flatMap((head) => each<HeadFact>({ ...plain, ...head })),
  { type: 'wire.partial' },
  { type: 'wire.complete' },
  ...each<Refusal & { readonly type: 'wire.malformed' | 'clock.expired' | 'net.failed' }>({
    type: ['wire.malformed', 'clock.expired', 'net.failed'],
    heard: both,
    blank: both,
    behind: both,
  }),
  ...each<Of<ConnectionEvent, 'wire.cut'>>({ type: ['wire.cut'], heard: both }),
  ...each<Of<ConnectionEvent, 'net.ended'>>({ type: ['net.ended'], halfOpen: both }),
  { type: 'net.finished' },
  { type: 'net.closed' },
  ...each<Of<ConnectionEvent, 'net.timedOut'>>({ type: ['net.timedOut'], heard: both }),
  { type: 'answer.last' },
  { type: 'answer.switched' },
  ...each<Of<ConnectionEvent, 'net.excess'>>({ type: ['net.excess'], much: both }),
  { type: 'clock.lulled' },
  { type: 'clock.polled' },
  ...each<Of<ConnectionEvent, 'answer.finished'>>({
    type: ['answer.finished'],
    last: both,
    more: both,
    crowded: both,
  }),
  ...each<Of<ConnectionEvent, 'server.closing'>>({ type: ['server.closing'], openEnded: both }),
  { type: 'user.closeIdle' },
];

const incomingRequest: IncomingEvent[] = [
  { type: 'wire.body', chunk: Buffer.from('body') },
  ...each<Of<IncomingEvent, 'wire.complete'>>({ type: ['wire.complete'], heard: both }),
  ...each<Of<IncomingEvent, 'answer.finished'>>({ type: ['answer.finished'], heard: both }),
  { type: 'user.read' },
  { type: 'stream.full' },
  ...each<Of<IncomingEvent, 'user.destroy'>>({ type: ['user.destroy'], consumed: both }),
  { type: 'net.closed' },
];

const incomingResponse: IncomingEvent[] = [
  { type: 'wire.body', chunk: Buffer.from('body') },
  ...each<Of<IncomingEvent, 'wire.complete'>>({ type: ['wire.complete'], heard: both }),
  { type: 'user.read' },
  { type: 'stream.full' },
  ...each<Of<IncomingEvent, 'user.destroy'>>({ type: ['user.destroy'], consumed: both }),
  { type: 'net.timedOut' },
  { type: 'net.closed' },
  { type: 'clock.tick' },
];

const outlay: Outlay = { chunk: 'chunk', encoding: 'utf8', callback: undefined };

const response: OutgoingEvent[] = [
  ...each<Of<OutgoingEvent, 'user.head'>>({ type: ['user.head'], last: both, bodyless: both }),
  { type: 'user.recalled' },
  { type: 'user.write', ...outlay },
  { type: 'user.miscounted' },
  { type: 'user.end', ...outlay },
  { type: 'user.flush' },
  { type: 'user.destroy' },
  { type: 'user.misused', error: new Error('misused') },
  { type: 'net.attached' },
  { type: 'net.shut' },
  { type: 'net.full' },
  { type: 'net.drained' },
  ...each<Of<OutgoingEvent, 'net.flushed'>>({ type: ['net.flushed'], heard: both }),
  { type: 'net.closed' },
  { type: 'clock.tick' },
];

const request: (OutgoingEvent | RequestEvent)[] = [
  ...each<Of<OutgoingEvent, 'user.head'>>({ type: ['user.head'], last: both, bodyless: both }),
  { type: 'user.recalled' },
  { type: 'user.write', ...outlay },
  { type: 'user.miscounted' },
  { type: 'user.end', ...outlay },
  { type: 'user.flush' },
  { type: 'user.destroy' },
  { type: 'user.abort' },
  { type: 'user.misused', error: new Error('misused') },
  { type: 'net.attached' },
  { type: 'net.opened' },
  { type: 'net.refused' },
  { type: 'net.shut' },
  { type: 'net.full' },
  { type: 'net.drained' },
  { type: 'net.flushed', heard: true },
  { type: 'net.timedOut' },
  ...(['net.failed', 'net.ended', 'net.closed'] as const).flatMap((type) =>
    both.map((retriable): RequestEvent => ({ type, retriable })),
  ),
  ...each<Of<RequestEvent, 'wire.head'>>({
    type: ['wire.head'],
    head: ['head'],
    kind: ['interim', 'upgrade', 'connect', 'final'],
    heard: both,
  }),
  { type: 'wire.continue' },
  ...each<Of<RequestEvent, 'wire.complete'>>({ type: ['wire.complete'], keeps: both, unread: both }),
  { type: 'wire.malformed' },
  { type: 'answer.handedOver' },
  ...each<Of<RequestEvent, 'answer.ended'>>({ type: ['answer.ended'], keeps: both }),
  { type: 'answer.cancelled' },
  { type: 'answer.failed' },
  { type: 'clock.tick' },
];

const clientConnection: ClientConnectionEvent[] = [
  { type: 'request.assigned' },
  { type: 'request.released' },
  { type: 'request.parted' },
  { type: 'wire.unsolicited' },
  { type: 'net.ended' },
  { type: 'net.failed' },
  { type: 'net.closed' },
];

const server: ServerEvent[] = [
  { type: 'net.listening' },
  { type: 'net.peopled' },
  { type: 'net.emptied' },
  { type: 'net.closed' },
  { type: 'user.close' },
];

/** By the names of `src/machines/index.ts`. */
export const alphabets: Readonly<Record<string, Alphabet>> = {
  connection: { events: connection },
  incomingRequest: { events: incomingRequest },
  response: { events: response },
  server: { events: server },
  clientConnection: { events: clientConnection },
  request: { events: request },
  incomingResponse: { events: incomingResponse },
};

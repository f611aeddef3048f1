/**
 * A response at a client: the possible events of the parser, the reader and the request, and the laws.
 *
 * The request reports the loss of the transport only while the message is incomplete and its reader not destroyed. The stream
 * is then destroyed before anything else happens, and nothing more is parsed.
 */
import type { EventLike } from '../../../src/engine/actor.js';
import type { IncomingEvent } from '../../../src/events/message.js';
import { incomingResponseMachine } from '../../../src/machines/incoming-response.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import {
  atMostOnce,
  atRest,
  byTurns,
  carries,
  causes,
  inOrder,
  type Law,
  neverAfter,
  onlyAfter,
  onlyWhen,
  type Pledge,
} from '../kit/laws.js';

interface Around {
  readonly whole: boolean;
  /** The last event gave the reader a part of the body. */
  readonly pushed: boolean;
  readonly paused: boolean;
  readonly destroyed: boolean;
  /** The transport was lost before the message was complete. */
  readonly lost: boolean;
  /** It was, and the events have the host's order. */
  readonly hostOrder: boolean;
  /** A tick is pending. */
  readonly ticks: boolean;
}

function readerOf({ destroyed, lost, hostOrder, ticks }: Around): string {
  if (lost && (ticks || !destroyed)) return hostOrder ? 'cut' : 'losing';
  return destroyed ? 'closed' : 'open';
}

/** The stream is being destroyed because the transport is lost. */
const isDying = ({ lost, destroyed }: Around) => lost && !destroyed;

function may(around: Around, sent: { readonly type: string }): boolean {
  const event = sent as IncomingEvent;
  const { whole, destroyed, lost } = around;
  if (isDying(around)) return event.type === 'user.destroy' && !event.consumed;
  switch (event.type) {
    case 'wire.body':
      return !lost;
    case 'wire.trailers':
    case 'wire.complete':
      return !whole && !lost;
    case 'stream.full':
      return around.pushed;
    case 'user.read':
    case 'user.destroy':
      return !destroyed;
    case 'net.closed':
      return !whole && !destroyed;
    case 'net.timedOut':
      return !lost;
    case 'clock.tick':
      return around.ticks;
    case 'response.finished':
    case 'wire.empty':
    case 'wire.severed':
      return false;
  }
}

function after(before: Around, sent: { readonly type: string }, emitted: readonly { readonly type: string }[]): Around {
  const event = sent as IncomingEvent;
  const { type } = event;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  return {
    whole: before.whole || type === 'wire.complete',
    pushed: emits('io.push'),
    paused: emits('io.pause') || (before.paused && !emits('io.resume')),
    destroyed: before.destroyed || type === 'user.destroy',
    lost: before.lost || type === 'net.closed',
    hostOrder: before.hostOrder || (type === 'net.closed' && event.hostOrder),
    ticks: emits('io.tick') || (before.ticks && type !== 'clock.tick'),
  };
}

const EMITTED = [
  'res.aborted',
  'io.cancel',
  'io.close',
  'io.closeWithSocket',
  'io.emitError',
  'io.reportCut',
  'res.close',
];

const laws: Law<Around>[] = [
  ...[...EMITTED, 'io.complete', 'io.pushEnd', 'io.abort', 'io.tick'].map(atMostOnce),
  // After 'io.close' the stream emits 'close'; 'io.emitError' prevents that.
  atMostOnce(['io.close', 'io.closeWithSocket', 'res.close']),
  atMostOnce(['io.close', 'io.closeWithSocket', 'io.emitError']),
  byTurns('io.pause', 'io.resume'),
  onlyAfter('io.emitError', 'res.close'),
  onlyAfter('net.closed', ['io.abort', 'io.emitError', 'io.reportCut']),
  neverAfter(['io.close', 'io.closeWithSocket'], [...EMITTED, 'io.abort', 'io.push', 'io.tick']),
  neverAfter('res.close', [...EMITTED, 'io.abort', 'io.push', 'io.pushEnd', 'io.tick']),
  neverAfter('io.pushEnd', ['io.push', 'io.abort']),
  onlyWhen('there is more to come', 'io.pause', ({ whole }) => !whole),
  inOrder('io.complete', 'io.pushEnd'),
  inOrder('res.aborted', ['io.cancel', 'io.closeWithSocket', 'io.emitError']),
  // The request reacts before the reader ends.
  inOrder('io.cancel', ['io.closeWithSocket', 'io.emitError', 'io.reportCut']),
  inOrder('io.reportCut', ['io.close', 'res.close']),
  carries('io.abort', 'because', (_before, event) =>
    (event as Extract<IncomingEvent, { type: 'net.closed' }>).hostOrder ? 'lost' : 'destroyed',
  ),
  ...['open', 'losing', 'cut', 'closed'].map((state) =>
    atRest<Around>(
      `the reader is ${state} if and only if the world is`,
      ({ matches, world }) => matches(`reader.${state}`) === (readerOf(world) === state),
    ),
  ),
  atRest(
    'the socket is read when the message is complete or its reader is closed',
    ({ matches, world }) => matches('gate.open') || !(world.whole || world.destroyed),
  ),
];

/** The expected emissions, by family, for an event in a world. */
const replies: Law<Around>[] = [
  // A part of a body after the end of its message is dropped.
  causes('io.push', ({ type }, { whole, destroyed }) => {
    return type === 'wire.body' && !whole && !destroyed ? ['io.push'] : [];
  }),
  causes(['io.complete', 'io.pushEnd'], ({ type }) => (type === 'wire.complete' ? ['io.complete', 'io.pushEnd'] : [])),
  causes('io.trailers', ({ type }) => (type === 'wire.trailers' ? ['io.trailers'] : [])),
  causes('io.abort', ({ type }) => (type === 'net.closed' ? ['io.abort'] : [])),
  causes([...EMITTED, 'io.tick'], (sent, { lost, hostOrder }) => {
    const event = sent as IncomingEvent;
    if (event.type === 'clock.tick') return ['io.reportCut', 'res.close'];
    if (event.type !== 'user.destroy') return [];
    if (lost && hostOrder) return ['res.aborted', 'io.cancel', 'io.reportCut', 'io.close'];
    if (lost) return ['res.aborted', 'io.cancel', 'io.emitError', 'io.tick'];
    return event.consumed ? ['io.close'] : ['res.aborted', 'io.cancel', 'io.closeWithSocket'];
  }),
  causes('res.timeout', ({ type }, { destroyed }) => (type === 'net.timedOut' && !destroyed ? ['res.timeout'] : [])),
  causes(['io.pause', 'io.resume'], ({ type }, { paused }) => {
    if (type === 'stream.full') return paused ? [] : ['io.pause'];
    return paused && ['user.read', 'wire.complete', 'user.destroy'].includes(type) ? ['io.resume'] : [];
  }),
];

const pledgesOf = (hostOrder: boolean, emissions: readonly string[]): Pledge<Around>[] =>
  emissions.map((emits) => ({
    name: `after the loss of the transport, in the ${hostOrder ? 'host’s' : 'documented'} order: ${emits}`,
    from: (world) => !world.whole && !world.destroyed && (!world.lost || world.hostOrder === hostOrder),
    next: (world) => {
      if (!world.lost) return { type: 'net.closed', hostOrder } as EventLike;
      if (!world.destroyed) return { type: 'user.destroy', consumed: false } as EventLike;
      return world.ticks ? { type: 'clock.tick' } : undefined;
    },
    emits,
  }));

const ENDINGS = ['net.closed', 'user.destroy', 'wire.complete'];

export const incomingResponseScene: Scene<Around> = {
  subject: alone(incomingResponseMachine),
  events: alphabets['incomingResponse']!.events,
  world: {
    begins: {
      whole: false,
      pushed: false,
      paused: false,
      destroyed: false,
      lost: false,
      hostOrder: false,
      ticks: false,
    },
    may,
    after,
  },
  laws: [...laws, ...replies],
  pledges: [...pledgesOf(false, ['io.reportCut', 'res.close']), ...pledgesOf(true, ['io.reportCut', 'io.close'])],
  isEnding: ({ type }) => ENDINGS.includes(type),
};

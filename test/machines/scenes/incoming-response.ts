/**
 * A response at a client: what the parser, its reader and the request can say, and what must hold.
 *
 * The request tells the loss of the transport while the message isn't whole and its reader hasn't given it up; the
 * stream is then destroyed before anything else happens. Nothing is parsed behind that. A reader has had an end when it
 * was given one, or has given itself one.
 */
import type { IncomingEvent } from '../../../src/events/message.js';
import { incomingResponseMachine } from '../../../src/machines/incoming-response.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import {
  atMostOnce,
  atRest,
  byTurns,
  causes,
  inOrder,
  type Law,
  neverAfter,
  onlyAfter,
  onlyWhen,
} from '../kit/laws.js';

interface Around {
  readonly whole: boolean;
  /** The last event brought a part of the body to the reader. */
  readonly pushed: boolean;
  readonly paused: boolean;
  readonly destroyed: boolean;
  /** The transport went before the message was whole. */
  readonly lost: boolean;
  /** A tick is on its way. */
  readonly ticks: boolean;
}

function readerOf({ destroyed, lost, ticks }: Around): string {
  if (lost && (ticks || !destroyed)) return 'losing';
  return destroyed ? 'closed' : 'open';
}

/** The stream is being destroyed for want of a transport. */
const isDying = ({ lost, destroyed }: Around) => lost && !destroyed;

function may(around: Around, told: { readonly type: string }): boolean {
  const event = told as IncomingEvent;
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

function after(before: Around, told: { readonly type: string }, emitted: readonly { readonly type: string }[]): Around {
  const { type } = told;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  return {
    whole: before.whole || type === 'wire.complete',
    pushed: emits('io.push'),
    paused: emits('io.pause') || (before.paused && !emits('io.resume')),
    destroyed: before.destroyed || type === 'user.destroy',
    lost: before.lost || type === 'net.closed',
    ticks: emits('io.tick') || (before.ticks && type !== 'clock.tick'),
  };
}

const TOLD = [
  'res.aborted',
  'io.cancel',
  'io.close',
  'io.closeWithSocket',
  'io.emitError',
  'io.reportCut',
  'res.close',
];

const laws: Law<Around>[] = [
  ...[...TOLD, 'io.complete', 'io.pushEnd', 'io.abort', 'io.tick'].map(atMostOnce),
  // The stream tells 'close' behind 'io.close', and is kept from it by 'io.emitError'.
  atMostOnce(['io.close', 'io.closeWithSocket', 'res.close']),
  atMostOnce(['io.close', 'io.closeWithSocket', 'io.emitError']),
  byTurns('io.pause', 'io.resume'),
  onlyAfter('io.emitError', ['io.reportCut', 'res.close']),
  onlyAfter('net.closed', ['io.abort', 'io.emitError']),
  neverAfter(['io.close', 'io.closeWithSocket'], [...TOLD, 'io.abort', 'io.push', 'io.tick']),
  neverAfter('res.close', [...TOLD, 'io.abort', 'io.push', 'io.pushEnd', 'io.tick']),
  neverAfter('io.pushEnd', ['io.push', 'io.abort']),
  onlyWhen('there is more to come', 'io.pause', ({ whole }) => !whole),
  inOrder('io.complete', 'io.pushEnd'),
  inOrder('res.aborted', ['io.cancel', 'io.closeWithSocket', 'io.emitError']),
  // What the request does about it comes before the reader's own end.
  inOrder('io.cancel', ['io.closeWithSocket', 'io.emitError']),
  inOrder('io.reportCut', 'res.close'),
  ...['open', 'losing', 'closed'].map((state) =>
    atRest<Around>(
      `the reader is ${state} when the world is so`,
      ({ matches, world }) => matches(`reader.${state}`) === (readerOf(world) === state),
    ),
  ),
  atRest(
    'the socket is read when the message is whole or its reader is gone',
    ({ matches, world }) => matches('gate.open') || !(world.whole || world.destroyed),
  ),
];

/** What the machine is to emit, family by family: for an event, in a world. */
const replies: Law<Around>[] = [
  // A part of a body behind the end of its message is nobody's.
  causes('io.push', ({ type }, { whole, destroyed }) => {
    return type === 'wire.body' && !whole && !destroyed ? ['io.push'] : [];
  }),
  causes(['io.complete', 'io.pushEnd'], ({ type }) => (type === 'wire.complete' ? ['io.complete', 'io.pushEnd'] : [])),
  causes('io.trailers', ({ type }) => (type === 'wire.trailers' ? ['io.trailers'] : [])),
  causes('io.abort', ({ type }) => (type === 'net.closed' ? ['io.abort'] : [])),
  causes([...TOLD, 'io.tick'], (told, { lost }) => {
    const event = told as IncomingEvent;
    if (event.type === 'clock.tick') return ['io.reportCut', 'res.close'];
    if (event.type !== 'user.destroy') return [];
    if (lost) return ['res.aborted', 'io.cancel', 'io.emitError', 'io.tick'];
    return event.consumed ? ['io.close'] : ['res.aborted', 'io.cancel', 'io.closeWithSocket'];
  }),
  causes('res.timeout', ({ type }, { destroyed }) => (type === 'net.timedOut' && !destroyed ? ['res.timeout'] : [])),
  causes(['io.pause', 'io.resume'], ({ type }, { paused }) => {
    if (type === 'stream.full') return paused ? [] : ['io.pause'];
    return paused && ['user.read', 'wire.complete', 'user.destroy'].includes(type) ? ['io.resume'] : [];
  }),
];

const ENDINGS = ['net.closed', 'user.destroy', 'wire.complete'];

export const incomingResponseScene: Scene<Around> = {
  subject: alone(incomingResponseMachine),
  events: alphabets['incomingResponse']!.events,
  world: {
    begins: { whole: false, pushed: false, paused: false, destroyed: false, lost: false, ticks: false },
    may,
    after,
  },
  laws: [...laws, ...replies],
  pledges: ['io.reportCut', 'res.close'].map((tells) => ({
    name: `behind the loss of the transport: ${tells}`,
    from: ({ whole, destroyed }) => !whole && !destroyed,
    next: (world) => {
      if (!world.lost) return { type: 'net.closed' };
      if (!world.destroyed) return { type: 'user.destroy', consumed: false };
      return world.ticks ? { type: 'clock.tick' } : undefined;
    },
    tells,
  })),
  isEnding: ({ type }) => ENDINGS.includes(type),
};

/**
 * An incoming message: what the parser, its reader and its answer can say, and what must hold.
 *
 * The reader is full directly behind a part of the body. It has had an end when it was given one, or has given itself one.
 */
import type { IncomingEvent } from '../../../src/events/message.js';
import { incomingRequestMachine } from '../../../src/machines/incoming-request.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import { atMostOnce, atRest, byTurns, causes, isIn, type Law, neverAfter, onlyAfter, onlyWhen } from '../kit/laws.js';

interface Around {
  /** The reader was given a part of the body. */
  readonly begun: boolean;
  readonly whole: boolean;
  /** The last event brought a part of the body to the reader. */
  readonly pushed: boolean;
  /** The reader was given the end. */
  readonly ended: boolean;
  readonly destroyed: boolean;
  /** It was not read to its end. */
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly answered: boolean;
  readonly closed: boolean;
}

function may(around: Around, told: { readonly type: string }): boolean {
  const event = told as IncomingEvent;
  switch (event.type) {
    case 'wire.body':
      return true;
    case 'wire.complete':
      return !around.whole;
    case 'stream.full':
      return around.pushed;
    case 'user.read':
      return !around.destroyed;
    case 'user.destroy':
      return !around.destroyed;
    case 'response.finished':
      return !around.answered && !around.closed;
    case 'net.closed':
      return !around.closed;
    case 'net.timedOut':
    case 'clock.tick':
      return false;
  }
}

function after(before: Around, told: { readonly type: string }, emitted: readonly { readonly type: string }[]): Around {
  const { type } = told as IncomingEvent;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  return {
    begun: before.begun || emits('io.push'),
    whole: before.whole || type === 'wire.complete',
    pushed: emits('io.push'),
    ended: before.ended || emits('io.pushEnd'),
    destroyed: before.destroyed || type === 'user.destroy' || emits('io.settle'),
    aborted: before.aborted || emits('req.aborted'),
    paused: emits('io.pause') || (before.paused && !emits('io.resume')),
    answered: before.answered || type === 'response.finished',
    closed: before.closed || type === 'net.closed',
  };
}

const laws: Law<Around>[] = [
  ...['req.aborted', 'io.complete', 'io.pushEnd', 'io.close', 'io.settle', 'io.abort', 'io.cancel'].map(atMostOnce),
  byTurns('io.pause', 'io.resume'),
  onlyAfter('wire.complete', ['io.complete', 'io.pushEnd', 'io.settle']),
  onlyAfter('io.complete', ['io.pushEnd', 'io.settle']),
  onlyAfter('user.destroy', ['req.aborted', 'io.close']),
  onlyAfter('net.closed', 'io.abort'),
  onlyAfter('response.finished', ['io.dump', 'io.settle']),
  neverAfter('io.pushEnd', ['io.push', 'io.settle']),
  neverAfter('io.close', ['io.push', 'io.settle', 'io.abort', 'req.aborted']),
  neverAfter('io.settle', ['io.push', 'io.pushEnd', 'io.close', 'io.abort', 'io.dump', 'req.aborted']),
  onlyWhen('there is more to come', 'io.pause', ({ whole }) => !whole),
  ...isIn<Around>({
    'reader.open': ({ destroyed }) => !destroyed,
    'reader.closed': ({ destroyed, aborted }) => destroyed && !aborted,
    'reader.aborted': ({ aborted }) => aborted,
  }),
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
  causes('io.complete', ({ type }) => (type === 'wire.complete' ? ['io.complete'] : [])),
  causes('io.pushEnd', (told, { begun, whole, ended }) => {
    const event = told as IncomingEvent;
    const isHeard = 'hasListener' in event && event.hasListener;
    if (event.type === 'wire.complete') return isHeard || begun ? ['io.pushEnd'] : [];
    const isAsked = event.type === 'user.read' || (event.type === 'response.finished' && isHeard);
    return isAsked && whole && !ended ? ['io.pushEnd'] : [];
  }),
  causes(['req.aborted', 'io.cancel', 'io.close', 'io.abort'], (told, { destroyed, aborted }) => {
    const event = told as IncomingEvent;
    if (event.type === 'user.destroy') return event.consumed ? ['io.close'] : ['req.aborted', 'io.cancel', 'io.close'];
    if (event.type !== 'net.closed' || aborted) return [];
    return [destroyed ? 'io.cancel' : 'io.abort'];
  }),
  causes(['io.dump', 'io.settle'], (told, { whole, ended, destroyed, aborted }) => {
    const event = told as IncomingEvent;
    if (event.type !== 'response.finished') return [];
    if (destroyed) return aborted ? ['io.dump'] : [];
    return [whole && !ended && !event.hasListener ? 'io.settle' : 'io.dump'];
  }),
  causes(['io.pause', 'io.resume'], ({ type }, { paused }) => {
    if (type === 'stream.full') return paused ? [] : ['io.pause'];
    return paused && ['user.read', 'wire.complete', 'user.destroy'].includes(type) ? ['io.resume'] : [];
  }),
];

const ENDINGS = ['net.closed', 'user.destroy', 'wire.complete'];

export const incomingScene: Scene<Around> = {
  subject: alone(incomingRequestMachine),
  events: alphabets['incomingRequest']!.events,
  world: {
    begins: {
      begun: false,
      whole: false,
      pushed: false,
      ended: false,
      destroyed: false,
      aborted: false,
      paused: false,
      answered: false,
      closed: false,
    },
    may,
    after,
  },
  laws: [...laws, ...replies],
  isEnding: ({ type }) => ENDINGS.includes(type),
};

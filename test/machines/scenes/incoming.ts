/**
 * An incoming request: the possible events of the parser, the reader and the response, and the laws.
 *
 * The reader can only become full directly after a part of the body.
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
  /** The rest will not come. */
  readonly severed: boolean;
  /** The last event gave the reader a part of the body. */
  readonly pushed: boolean;
  /** The reader was given the end. */
  readonly ended: boolean;
  readonly destroyed: boolean;
  /** It was not read to its end. */
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly responded: boolean;
  readonly closed: boolean;
}

function may(around: Around, sent: { readonly type: string }): boolean {
  const event = sent as IncomingEvent;
  if (around.severed && !around.destroyed && event.type !== 'user.destroy') return false;
  switch (event.type) {
    case 'wire.body':
      return !around.severed;
    case 'wire.trailers':
    case 'wire.complete':
      return !around.whole && !around.severed;
    case 'wire.empty':
      return !around.whole && !around.begun && !around.destroyed && !around.severed;
    case 'wire.severed':
      return !around.whole && !around.severed && !around.closed;
    case 'stream.full':
      return around.pushed;
    case 'user.read':
      return !around.destroyed;
    case 'user.destroy':
      // A severed stream is destroyed at once, and was not read to its end.
      return !around.destroyed && !(around.severed && event.consumed);
    case 'response.finished':
      return !around.responded && !around.closed;
    case 'net.closed':
      return !around.closed;
    case 'net.timedOut':
    case 'clock.tick':
      return false;
  }
}

function after(before: Around, sent: { readonly type: string }, emitted: readonly { readonly type: string }[]): Around {
  const { type } = sent as IncomingEvent;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  return {
    begun: before.begun || emits('io.push'),
    whole: before.whole || type === 'wire.complete' || type === 'wire.empty',
    severed: before.severed || type === 'wire.severed',
    pushed: emits('io.push'),
    ended: before.ended || emits('io.pushEnd') || type === 'wire.empty',
    destroyed: before.destroyed || type === 'user.destroy' || emits('io.settle'),
    aborted: before.aborted || emits('req.aborted'),
    paused: emits('io.pause') || (before.paused && !emits('io.resume')),
    responded: before.responded || type === 'response.finished',
    closed: before.closed || type === 'net.closed',
  };
}

const laws: Law<Around>[] = [
  ...['req.aborted', 'io.complete', 'io.pushEnd', 'io.settle', 'io.abort', 'io.cancel'].map(atMostOnce),
  atMostOnce(['io.close', 'io.closeWithSocket']),
  byTurns('io.pause', 'io.resume'),
  onlyAfter(['wire.complete', 'wire.empty'], ['io.complete', 'io.pushEnd', 'io.settle']),
  onlyAfter('io.complete', ['io.pushEnd', 'io.settle']),
  onlyAfter('user.destroy', ['req.aborted', 'io.close', 'io.closeWithSocket']),
  onlyAfter(['net.closed', 'wire.severed'], 'io.abort'),
  onlyAfter('response.finished', 'io.dump'),
  onlyAfter(['response.finished', 'wire.empty'], 'io.settle'),
  neverAfter('io.pushEnd', ['io.push', 'io.settle']),
  neverAfter('io.close', ['io.push', 'io.settle', 'io.abort', 'req.aborted']),
  neverAfter('io.settle', ['io.push', 'io.pushEnd', 'io.close', 'io.abort', 'io.dump', 'req.aborted']),
  onlyWhen('there is more to come', 'io.pause', ({ whole }) => !whole),
  ...isIn<Around>({
    'body.bare': ({ whole, ended }) => whole && !ended,
    'body.complete': ({ whole, ended }) => whole && ended,
    'reader.open': ({ destroyed, severed }) => !destroyed && !severed,
    'reader.severed': ({ destroyed, severed }) => severed && !destroyed,
    'reader.closed': ({ destroyed, aborted }) => destroyed && !aborted,
    'reader.aborted': ({ aborted }) => aborted,
  }),
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
  causes('io.trailers', ({ type }) => (type === 'wire.trailers' ? ['io.trailers'] : [])),
  causes('io.complete', ({ type }) => (type === 'wire.complete' || type === 'wire.empty' ? ['io.complete'] : [])),
  causes('io.pushEnd', (sent, { begun, whole, ended }) => {
    const event = sent as IncomingEvent;
    const isNoticed = 'hasListener' in event && event.hasListener;
    if (event.type === 'wire.complete') return isNoticed || begun ? ['io.pushEnd'] : [];
    const isAsked = event.type === 'user.read' || (event.type === 'response.finished' && isNoticed);
    return isAsked && whole && !ended ? ['io.pushEnd'] : [];
  }),
  causes(['req.aborted', 'io.cancel', 'io.close', 'io.closeWithSocket', 'io.abort'], (sent, around) => {
    const { destroyed, aborted, severed } = around;
    const event = sent as IncomingEvent;
    if (event.type === 'user.destroy') {
      if (event.consumed) return ['io.close'];
      return ['req.aborted', 'io.cancel', severed ? 'io.close' : 'io.closeWithSocket'];
    }
    if (event.type === 'wire.severed') return destroyed ? [] : ['io.abort'];
    if (event.type !== 'net.closed' || aborted) return [];
    return [destroyed ? 'io.cancel' : 'io.abort'];
  }),
  causes(['io.dump', 'io.settle'], (sent, { whole, ended, destroyed, aborted }) => {
    const event = sent as IncomingEvent;
    if (event.type === 'wire.empty') return ['io.settle'];
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
      severed: false,
      pushed: false,
      ended: false,
      destroyed: false,
      aborted: false,
      paused: false,
      responded: false,
      closed: false,
    },
    may,
    after,
  },
  laws: [...laws, ...replies],
  isEnding: ({ type }) => ENDINGS.includes(type),
};

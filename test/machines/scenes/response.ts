/**
 * A server's response: the possible events of the program, its socket and the clock, and the laws.
 *
 * The facade fixes one head, before the first write, and ends once, or again while it isn't finished; a head that was not sent
 * may be taken back. The kernel has the last byte once, after the message got its socket. That event may follow the socket's
 * close, because messages of one write are notified one after another.
 */
import type { OutgoingEvent } from '../../../src/events/message.js';
import { responseMachine } from '../../../src/machines/response.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import {
  atMostOnce,
  atRest,
  carries,
  causes,
  inOrder,
  isIn,
  type Law,
  neverAfter,
  onlyAfter,
  onlyWhen,
  type Rest,
} from '../kit/laws.js';

interface Around {
  readonly headed: boolean;
  readonly bodyless: boolean;
  /** The head, or more, was handed over. */
  readonly wrote: boolean;
  /** The body does not have the declared length. */
  readonly miscounted: boolean;
  readonly ended: boolean;
  readonly destroyed: boolean;
  readonly attached: boolean;
  /** The state of its line. */
  readonly line:
    | 'waiting'
    | 'attached'
    | 'shut'
    | 'kept'
    | 'doomed'
    | 'stranded'
    | 'cut'
    | 'leaving'
    | 'released'
    | 'over'
    | 'lost';
  /** Whether it may write. */
  readonly turn: 'awaited' | 'given' | 'forfeited';
  /** The next response may write. */
  readonly passed: boolean;
  /** The program removed the socket. */
  readonly detached: boolean;
  /** The response before it has handed over its last byte. */
  readonly preceded: boolean;
  /** Nothing may follow it. */
  readonly last: boolean;
  /** The writer waits for ‘drain’. */
  readonly waits: boolean;
  readonly shut: boolean;
  /** The last byte was handed to the writer. */
  readonly handed: boolean;
  readonly prefinished: boolean;
  /** It has no ‘prefinish’: it was ended when it could not be sent. */
  readonly skipsPrefinish: boolean;
  readonly flushed: boolean;
  readonly finished: boolean;
  /** A tick is pending. */
  readonly ticks: boolean;
  readonly closed: boolean;
}

function may(around: Around, sent: { readonly type: string }): boolean {
  const { headed, ended, destroyed, attached, line, closed } = around;
  switch ((sent as OutgoingEvent).type) {
    case 'user.head':
      return !headed;
    case 'user.headRecalled':
      return isStreaming(around) && !around.wrote;
    case 'user.miscounted':
      return isStreaming(around) && !around.miscounted;
    case 'user.write':
      return headed || ended || destroyed;
    case 'user.flush':
      return headed || destroyed;
    case 'user.end':
      return ended ? !around.finished : headed || destroyed;
    case 'user.destroy':
      return !destroyed;
    case 'user.misused':
    case 'user.inform':
      return true;
    case 'response.passed':
      return !around.preceded && !attached && !closed;
    case 'net.detached':
      return around.turn === 'given' && attached && !closed;
    case 'net.attached':
      return (!attached || (around.detached && line === 'attached') || line === 'shut' || line === 'kept') && !closed;
    case 'net.shut':
      return !around.shut && !closed;
    case 'net.full':
    case 'net.drained':
      return headed && !closed;
    case 'net.flushed':
      return around.handed && attached && !around.flushed && line !== 'kept';
    case 'net.closed':
      return !closed;
    case 'clock.tick':
      return around.ticks;
  }
}

function after(before: Around, sent: { readonly type: string }, emitted: readonly { readonly type: string }[]): Around {
  const event = sent as OutgoingEvent;
  const { type } = event;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  return {
    headed: (before.headed || type === 'user.head') && type !== 'user.headRecalled',
    wrote: before.wrote || type === 'user.write' || type === 'user.flush',
    miscounted: before.miscounted || type === 'user.miscounted',
    bodyless: before.bodyless || (event.type === 'user.head' && event.bodyless),
    ended: before.ended || type === 'user.end',
    destroyed: before.destroyed || type === 'user.destroy' || emits('res.close'),
    attached: before.attached || type === 'net.attached',
    line: lineAfter(before, event),
    turn: turnAfter(before, event),
    detached: type === 'net.detached' || (before.detached && type !== 'net.attached'),
    preceded: before.preceded || type === 'response.passed' || type === 'net.attached',
    passed: before.passed || passes(before, event),
    last:
      before.last ||
      (!before.passed &&
        (type === 'user.miscounted' || (event.type === 'user.head' && (event.last || event.switches)))),
    waits: type === 'net.full' || (before.waits && type !== 'net.drained'),
    shut: before.shut || type === 'net.shut',
    handed: before.handed || emits('io.end'),
    prefinished: before.prefinished || emits('res.prefinish'),
    skipsPrefinish:
      before.skipsPrefinish ||
      (type === 'user.end' && !before.ended && (before.line === 'doomed' || before.line === 'stranded')),
    flushed: before.flushed || type === 'net.flushed',
    finished: before.finished || emits('res.finish'),
    ticks: emits('io.tick') || (before.ticks && type !== 'clock.tick'),
    closed: before.closed || type === 'net.closed',
  };
}

function turnAfter({ turn }: Around, { type }: OutgoingEvent): Around['turn'] {
  switch (type) {
    case 'response.passed':
    case 'net.attached':
      return turn === 'awaited' ? 'given' : turn;
    case 'net.detached':
    case 'net.shut':
      return turn === 'given' ? 'awaited' : turn;
    case 'user.destroy':
      return turn === 'awaited' ? 'forfeited' : turn;
    default:
      return turn;
  }
}

/** Whether the turn is passed on. */
function passes(before: Around, { type }: OutgoingEvent): boolean {
  const { turn, ended, last, passed } = before;
  if (last || passed) return false;
  if (type === 'user.end') return turn === 'given' && !ended && !isGone(before);
  return (type === 'response.passed' || type === 'net.attached') && turn === 'awaited' && ended;
}

const isStreaming = ({ headed, bodyless, ended }: Around) => headed && !bodyless && !ended;

function lineAfter({ line, handed }: Around, event: OutgoingEvent): Around['line'] {
  switch (event.type) {
    case 'net.attached':
      if (line === 'waiting' || line === 'shut' || line === 'kept') return 'attached';
      return line === 'doomed' ? 'cut' : line;
    case 'net.shut':
      return line === 'attached' && !handed ? 'shut' : line;
    case 'user.inform':
    case 'user.write':
    case 'user.flush':
    case 'user.end':
      return line === 'shut' ? 'kept' : line;
    case 'user.destroy':
      if (line === 'waiting' || line === 'kept') return 'doomed';
      return line === 'attached' || line === 'shut' ? 'cut' : line;
    case 'net.flushed':
      if (line !== 'attached' && line !== 'cut') return line;
      if (!event.hasListener) return 'over';
      return line === 'attached' ? 'released' : 'leaving';
    case 'clock.tick':
      return isOut(line) ? 'over' : line;
    case 'net.closed':
      if (isOut(line) || line === 'over') return 'over';
      return isStranded(line) ? 'stranded' : 'lost';
    default:
      return line;
  }
}

/** Its ‘close’ is emitted at the end of the turn. */
const isOut = (line: Around['line']) => line === 'released' || line === 'leaving';

/** Its pieces have no socket. */
const isStranded = (line: Around['line']) => ['waiting', 'kept', 'doomed', 'stranded'].includes(line);

const isGone = ({ line }: Around) => ['doomed', 'stranded', 'cut', 'lost'].includes(line);

const isClosed = ({ matches }: Rest<Around>) =>
  matches('line.closed') || matches('line.gone.closed') || matches('line.gone.stranded');

const laws: Law<Around>[] = [
  ...['res.prefinish', 'res.finish', 'res.close'].map(atMostOnce),
  ...['io.end', 'io.release', 'io.destroy', 'io.tick', 'io.spoil'].map(atMostOnce),
  onlyAfter('user.end', 'res.prefinish'),
  onlyAfter('io.end', 'res.finish'),
  onlyAfter('res.prefinish', 'res.finish'),
  onlyAfter('net.flushed', ['res.finish', 'io.release']),
  onlyAfter('net.full', 'res.drain'),
  onlyAfter('net.attached', ['res.socket', 'res.finish', 'io.release']),
  neverAfter('io.end', ['io.write', 'io.skip', 'io.flush']),
  neverAfter('res.finish', ['io.release', 'res.prefinish']),
  neverAfter('res.close', ['res.socket', 'res.finish', 'res.drain', 'res.error']),
  neverAfter('res.close', ['io.write', 'io.end', 'io.flush', 'io.destroy', 'io.release', 'io.tick']),
  neverAfter(['user.destroy', 'net.closed'], ['io.write', 'io.end', 'io.flush']),
  inOrder('io.end', ['res.prefinish', 'io.passTurn']),
  inOrder('io.writeKept', ['res.prefinish', 'io.passTurn']),
  inOrder('io.release', 'res.finish'),
  inOrder('io.destroy', 'io.failCallbacks'),
  onlyWhen('the message has no end yet', 'res.drain', ({ ended }) => !ended),
  ...isIn<Around>({
    'line.waiting': ({ line }) => line === 'waiting',
    'line.attached': ({ line }) => line === 'attached',
    'line.released': ({ line }) => line === 'released',
    'line.closed': ({ line }) => line === 'over',
    'line.shut': ({ line }) => line === 'shut',
    'line.kept': ({ line }) => line === 'kept',
    'line.gone.doomed': ({ line }) => line === 'doomed',
    'line.gone.stranded': ({ line }) => line === 'stranded',
    'line.gone.leaving': ({ line }) => line === 'leaving',
    'line.gone.cut': ({ line }) => line === 'cut',
    'line.gone.closed': ({ line }) => line === 'lost',
    'turn.awaited': ({ turn }) => turn === 'awaited',
    'turn.given': ({ turn }) => turn === 'given',
    'turn.forfeited': ({ turn }) => turn === 'forfeited',
    'persistence.last': ({ last }) => last,
    'persistence.passed': ({ passed }) => passed,
    'message.composing': ({ headed, ended }) => !headed && !ended,
    'message.streaming': isStreaming,
    'message.bare': ({ bodyless, ended }) => bodyless && !ended,
    'message.queued': ({ ended, prefinished, skipsPrefinish }) => ended && !prefinished && !skipsPrefinish,
    'message.flushing': ({ prefinished, skipsPrefinish, finished }) => (prefinished || skipsPrefinish) && !finished,
    'message.finished': ({ finished }) => finished,
    'flow.full': ({ waits }) => waits,
  }),
  atRest('‘close’ was emitted when the socket is closed', (rest) => !rest.world.closed || isClosed(rest)),
  atRest('a message that was sent is closed at the end of the turn', (rest) => {
    const { flushed, shut, ticks } = rest.world;
    return !flushed || shut || ticks || isClosed(rest);
  }),
];

/** The expected emissions, by family, for an event in a world. */
const replies: Law<Around>[] = [
  causes(['io.write', 'io.skip', 'io.inform', 'io.rejectWrite'], ({ type }, before) => {
    if (type === 'user.inform') return [isGone(before) || before.line === 'leaving' ? 'io.rejectWrite' : 'io.inform'];
    if (type !== 'user.write') return [];
    if (before.ended || isGone(before)) return ['io.rejectWrite'];
    return [before.bodyless ? 'io.skip' : 'io.write'];
  }),
  carries('io.rejectWrite', 'because', ({ ended }, { type }) =>
    ended && type !== 'user.inform' ? 'ended' : 'destroyed',
  ),
  carries('io.end', 'bodyless', ({ bodyless }) => bodyless),
  causes('io.end', ({ type }, before) => (type === 'user.end' && !before.ended && !isGone(before) ? ['io.end'] : [])),
  // Callbacks of the end fail when the message can't end any more, those of kept pieces when they can't be sent.
  causes('io.failCallbacks', ({ type }, before) => {
    const { line, turn, ended, finished } = before;
    const isKept = line === 'kept' || (line === 'waiting' && turn !== 'given');
    if (type === 'user.destroy') return isKept ? ['io.failCallbacks'] : [];
    const mayLeave = turn === 'given' && (line === 'doomed' || line === 'cut') && ended && !finished;
    return type === 'user.end' && isGone(before) && !mayLeave ? ['io.failCallbacks'] : [];
  }),
  carries('io.failCallbacks', 'all', (_before, event) => event.type === 'user.destroy'),
  causes(['io.last', 'io.switch'], (sent, { last, passed }) => {
    const event = sent as OutgoingEvent;
    if (event.type !== 'user.head' || last || passed) return [];
    if (event.last) return ['io.last'];
    return event.switches ? ['io.switch'] : [];
  }),
  causes(['io.writeKept', 'io.keep', 'io.passTurn'], (sent, before) => {
    const event = sent as OutgoingEvent;
    const turn = turnAfter(before, event);
    const changes = turn === before.turn || turn === 'forfeited' ? [] : [turn === 'given' ? 'io.writeKept' : 'io.keep'];
    return passes(before, event) ? [...changes, 'io.passTurn'] : changes;
  }),
  causes('io.spoil', ({ type }) => (type === 'user.miscounted' ? ['io.spoil'] : [])),
  causes('io.flush', ({ type }, before) =>
    type === 'user.flush' && before.headed && !before.ended && !isGone(before) ? ['io.flush'] : [],
  ),
  causes('io.destroy', ({ type }, { line }) => {
    const isNow =
      type === 'user.destroy'
        ? line === 'attached' || line === 'shut' || line === 'kept'
        : type === 'net.attached' && line === 'doomed';
    return isNow ? ['io.destroy'] : [];
  }),
  causes('res.socket', ({ type }, { line }) =>
    type === 'net.attached' && line !== 'doomed' && line !== 'attached' ? ['res.socket'] : [],
  ),
  causes('res.prefinish', ({ type }, before) => {
    if (type === 'user.end')
      return !before.ended && (before.line === 'attached' || before.line === 'cut' || before.line === 'lost')
        ? ['res.prefinish']
        : [];
    return type === 'net.attached' && before.handed && !before.prefinished ? ['res.prefinish'] : [];
  }),
  causes('res.drain', ({ type }, { waits, headed, bodyless, ended }) =>
    type === 'net.drained' && waits && headed && !bodyless && !ended ? ['res.drain'] : [],
  ),
  causes('res.error', ({ type }, before) =>
    type === 'user.misused' && !isGone(before) && before.line !== 'leaving' && before.line !== 'over'
      ? ['res.error']
      : [],
  ),
  causes(['io.release', 'io.tick', 'res.finish', 'res.close'], (sent, { line }) => {
    const event = sent as OutgoingEvent;
    switch (event.type) {
      case 'net.flushed':
        if (line !== 'attached' && line !== 'cut') return [];
        return event.hasListener ? ['io.release', 'io.tick', 'res.finish'] : ['io.release', 'res.finish', 'res.close'];
      case 'clock.tick':
        return isOut(line) ? ['res.close'] : [];
      case 'net.closed':
        return ['over', 'lost', 'stranded'].includes(line) ? [] : ['res.close'];
      default:
        return [];
    }
  }),
];

const ENDINGS = ['net.closed', 'user.destroy', 'net.shut'];

export const responseScene: Scene<Around> = {
  subject: alone(responseMachine),
  events: alphabets['response']!.events,
  world: {
    begins: {
      headed: false,
      bodyless: false,
      wrote: false,
      miscounted: false,
      ended: false,
      destroyed: false,
      attached: false,
      line: 'waiting',
      turn: 'awaited',
      passed: false,
      detached: false,
      preceded: false,
      last: false,
      waits: false,
      shut: false,
      handed: false,
      prefinished: false,
      skipsPrefinish: false,
      flushed: false,
      finished: false,
      ticks: false,
      closed: false,
    },
    may,
    after,
  },
  laws: [...laws, ...replies],
  isEnding: ({ type }) => ENDINGS.includes(type),
};

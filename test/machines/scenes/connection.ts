/**
 * A server's connection: what its parser, its socket, its answers and its server can say, and what must hold.
 *
 * The parser says nothing behind a fault, a change of protocol or the peer's FIN. Answers are finished in order, none
 * behind one that said close. A fault that is recalled is told again at once.
 */
import type { ConnectionEvent } from '../../../src/events/connection.js';
import { connectionMachine } from '../../../src/machines/connection.js';
import { alphabets } from '../alphabet.js';
import type { Scene } from '../kit/explore.js';
import { atMostOnce, atRest, byTurns, type Law, neverAfter, onlyAfter, onlyWhen } from '../kit/laws.js';

interface Around {
  /** What the parser is in; `over` when it says nothing more. */
  readonly parser: 'between' | 'inHead' | 'inBody' | 'over';
  /** Answers that are due. */
  readonly due: number;
  /** The message that is being read has an answer that is due. */
  readonly own: boolean;
  /** An answer that is due says close. */
  readonly closes: boolean;
  /** One that said so is out: nothing leaves behind it. */
  readonly ended: boolean;
  readonly recalls: boolean;
  readonly socket: 'open' | 'halfClosed' | 'closed' | 'handedOver';
}

const ASKED = [
  'server.request',
  'server.checkContinue',
  'server.checkExpectation',
  'server.dropRequest',
  'io.continue',
  'io.answer',
];
const HANDED_OVER = ['server.upgrade', 'server.connect'];
const REFUSED = ['server.clientError', 'io.refuse', 'io.fail'];
const FATAL = ['io.destroy', 'io.refuse', 'io.fail'];

function may(around: Around, told: { readonly type: string }, most: number): boolean {
  const event = told as ConnectionEvent;
  const { parser, due, socket } = around;
  if (around.recalls) return event.type === 'wire.malformed' && event.behind === isBehind(around);
  if (socket === 'handedOver') return false;
  switch (event.type) {
    case 'wire.head':
      if (event.crowded && due === 0) return false;
      if (event.kind === 'leaving' ? event.leavesBy === 'none' : event.kind !== 'unhosted' && event.leavesBy !== 'none')
        return false;
      return (parser === 'between' || parser === 'inHead') && due < most;
    case 'wire.partial':
      return parser === 'between';
    case 'wire.complete':
      return parser === 'inBody';
    case 'wire.malformed':
      return parser !== 'over' && event.behind === isBehind(around);
    case 'clock.expired':
      return socket !== 'closed' && event.behind === isBehind(around);
    case 'net.ended':
      return socket === 'open' && parser !== 'inHead' && parser !== 'inBody';
    case 'net.failed':
      return socket !== 'closed' && !event.behind;
    case 'net.closed':
    case 'net.timedOut':
    case 'server.closing':
    case 'user.closeIdle':
      return socket !== 'closed';
    case 'answer.last':
      return due > 0;
    case 'answer.finished':
      if (due === 0 || around.ended || socket === 'closed') return false;
      if (event.more !== due > 1 || (event.crowded && !event.more)) return false;
      return event.last ? around.closes : !(around.closes && due === 1);
  }
}

function isBehind({ parser, due, own }: Around): boolean {
  return due > (parser === 'inBody' && own ? 1 : 0);
}

function after(before: Around, told: { readonly type: string }, emitted: readonly { readonly type: string }[]): Around {
  const event = told as ConnectionEvent;
  const types = emitted.map(({ type }) => type);
  const asks = types.filter((type) => ASKED.includes(type)).length;
  const around = { ...before, recalls: types.includes('io.recall'), due: before.due + asks };
  switch (event.type) {
    case 'wire.head':
      around.parser = event.leavesBy === 'none' ? 'inBody' : 'over';
      around.own = asks > 0;
      break;
    case 'wire.partial':
      around.parser = 'inHead';
      break;
    case 'wire.complete':
      around.parser = 'between';
      around.own = false;
      break;
    case 'wire.malformed':
      around.parser = 'over';
      break;
    case 'net.ended':
      around.parser = 'over';
      around.socket = 'halfClosed';
      break;
    case 'net.closed':
      around.parser = 'over';
      around.socket = 'closed';
      break;
    case 'answer.last':
      around.closes = true;
      break;
    case 'answer.finished':
      around.due--;
      around.ended = event.last;
      if (around.due === 0) around.own = false;
      if (event.last) around.closes = false;
      break;
  }
  if (types.some((type) => HANDED_OVER.includes(type))) around.socket = 'handedOver';
  return around;
}

const laws: Law<Around>[] = [
  atMostOnce(HANDED_OVER),
  neverAfter(HANDED_OVER, [
    ...ASKED,
    ...REFUSED,
    ...FATAL,
    'io.end',
    'io.endSoon',
    'io.pause',
    'io.resume',
    'io.startIdle',
  ]),
  neverAfter(REFUSED, [...ASKED, ...HANDED_OVER, 'io.letGo', 'io.reserve']),
  neverAfter('answer.last', [...ASKED, 'io.reserve']),
  neverAfter('io.endSoon', [...ASKED, 'io.reserve']),
  neverAfter('net.closed', [
    ...ASKED,
    ...HANDED_OVER,
    ...REFUSED,
    'io.destroy',
    'io.end',
    'io.endSoon',
    'io.startIdle',
  ]),
  atMostOnce(REFUSED),
  byTurns('io.pause', 'io.resume'),
  atMostOnce('io.abandon'),
  onlyAfter('net.closed', 'io.abandon'),
  atMostOnce('io.reserve'),
  onlyAfter('io.reserve', 'io.letGo'),
  onlyAfter('io.letGo', HANDED_OVER),
  onlyWhen('nothing is due', ['io.letGo', ...HANDED_OVER], ({ due }) => due === 0),
  onlyWhen('nothing is due', 'io.startIdle', ({ due }) => due === 0),
  atRest(
    'an answer is due in the chart when one is due in the world',
    ({ matches, world }) => matches('answers.due') === world.due > 0,
  ),
  atRest(
    'nothing waits for answers when none is due',
    ({ matches, world }) =>
      world.due > 0 || world.recalls || !(matches('reading.poisoned') || matches('reading.parting')),
  ),
  atRest('the gate is open when nothing is due', ({ matches, world }) => world.due > 0 || matches('gate.open')),
  atRest('behind the last answer our side closes', ({ matches, world }) => !world.ended || !matches('transport.open')),
  atRest(
    'a closed socket is closed',
    ({ matches, world }) => matches('transport.closed') === (world.socket === 'closed'),
  ),
];

const ENDINGS = [
  'wire.malformed',
  'clock.expired',
  'net.ended',
  'net.failed',
  'net.closed',
  'answer.last',
  'server.closing',
];

function isEnding(told: { readonly type: string }): boolean {
  const event = told as ConnectionEvent;
  return event.type === 'wire.head' ? event.leavesBy !== 'none' || !event.persists : ENDINGS.includes(event.type);
}

/** @param most answers due at a time */
export function connectionScene(most: number): Scene<Around> {
  return {
    machine: connectionMachine,
    events: alphabets['connection']!.events,
    world: {
      begins: {
        parser: 'between',
        due: 0,
        own: false,
        closes: false,
        ended: false,
        recalls: false,
        socket: 'open',
      },
      may: (around, event) => may(around, event, most),
      after,
    },
    laws,
    isEnding,
  };
}

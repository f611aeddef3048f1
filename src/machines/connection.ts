/**
 * A server's connection: one socket, from accept to close.
 *
 * Rule 1: which event a request causes, whether the connection is kept, when a bad peer is refused, which response gets the
 *         socket and when the socket is given away or closed is decided in this file and its regions, and nowhere else.
 * Rule 2: this file does not know what is in a message. All that it weighs comes with the event.
 * Rule 3: responses are sent in order (RFC 9112 §9.3.2): a fault or a change of protocol waits for those before it.
 */
import { and, assign, emit, not, or, setup, stateIn } from 'xstate';
import type { ConnectionEmission, ConnectionEvent, HeadFact, PeerFault, ProtocolChange } from '../events/connection.js';
import { drain } from './connection.drain.js';
import { faulty } from './connection.fault.js';
import { gate } from './connection.gate.js';
import { responses } from './connection.responses.js';
import { reuse } from './connection.reuse.js';
import { transport } from './connection.transport.js';

type Of<Type extends ConnectionEvent['type']> = Extract<ConnectionEvent, { type: Type }>;
const head = (event: ConnectionEvent): HeadFact => event as HeadFact;
const errorOf = (event: ConnectionEvent): Error => (event as PeerFault & typeof event).error;

/** One socket of a server, from accept to close. diagrams/connection.svg shows it. */
export const connectionMachine = setup({
  types: {
    context: {} as { changesTo: ProtocolChange },
    events: {} as ConnectionEvent,
    emitted: {} as ConnectionEmission,
  },
  guards: {
    isOrdinary: ({ event }) => head(event).kind === 'ordinary',
    isUnhosted: ({ event }) => head(event).kind === 'unhosted',
    isLeaving: ({ event }) => head(event).kind === 'leaving',
    isUnclaimed: ({ context }) => context.changesTo === 'unclaimed',
    isSurplus: ({ event }) => head(event).kind === 'surplus',
    expectsContinue: ({ event }) => head(event).kind === 'continue',
    isTransient: ({ event }) => !head(event).persists,
    isCrowded: ({ event }) => head(event).crowded,
    hasListener: ({ event }) => (event as Of<'wire.malformed'>).hasListener,
    isPreceded: ({ event }) => (event as Of<'wire.malformed'>).preceded,
    isUnsent: ({ event }) => (event as Of<'wire.malformed'>).unsent,
    isHalfOpen: ({ event }) => (event as Of<'net.ended'>).halfOpen,
    isMuch: ({ event }) => (event as Of<'net.excess'>).much,
    isOpenEnded: ({ event }) => (event as Of<'server.closing'>).openEnded,
    isSettled: ({ event }) => (event as Of<'net.finished'>).settled,
    isSending: ({ event }) => (event as Of<'clock.settled'>).sending,
    isLast: ({ event }) => (event as Of<'response.finished'>).last,
    isSwitching: ({ event }) => (event as Of<'response.finished'>).switched,
    hasMore: ({ event }) => (event as Of<'response.finished'>).more,
    isListening: stateIn('#awaiting'),
    isOpen: stateIn('#open'),
    isTruncated: ({ event }) => event.type === 'wire.truncated',
    isHeadLate: ({ event }) => (event as Of<'clock.expired'>).headLate,
    isWholeLate: ({ event }) => (event as Of<'clock.expired'>).wholeLate,
    hasFailed: stateIn('#failed'),
    isTransportClosing: not(or(['isOpen', 'hasFailed'])),
    isHeld: or(['isCrowded', and([stateIn('#upgrading'), 'hasMore'])]),
    isFree: and([stateIn('#open'), not(stateIn('#due'))]),
    isWaitedFor: stateIn('#shut'),
    hasBegunHead: stateIn('#head'),
    isInBody: stateIn('#readingBody'),
    isDue: stateIn('#due'),
    isFresh: stateIn('#fresh'),
    isKept: and([stateIn('#kept'), not(stateIn('#due'))]),
    isQueued: and(['isLeaving', stateIn('#due')]),
    isOver: or([stateIn('#final'), stateIn('#switched')]),
    isSwitched: stateIn('#switched'),
    isLingering: stateIn('#lingering'),
    isPersistent: stateIn('#persistent'),
    isReading: or([stateIn('#awaiting'), stateIn('#readingBody')]),
    isUnused: and([stateIn('#open'), or(['isFresh', 'isKept'])]),
    isLastDue: and(['isOpenEnded', not('hasBegunHead')]),
    isFinal: or([
      'isLast',
      and([or([stateIn('#final'), stateIn('#ending')]), not(stateIn('#upgrading')), not('hasMore')]),
    ]),
    isRefused: stateIn('#refused'),
    isOwed: and([stateIn('#open'), not('isUnused')]),
    isDraining: stateIn('#draining'),
    isParting: and([stateIn('#polling'), 'isUnused', 'isDraining']),
    isLate: and([stateIn('#readingBody'), stateIn('#closing'), not(stateIn('#due'))]),
  },
  actions: {
    emitRequest: emit({ type: 'server.request' }),
    emitCheckContinue: emit({ type: 'server.checkContinue' }),
    emitCheckExpectation: emit({ type: 'server.checkExpectation' }),
    emitDropRequest: emit({ type: 'server.dropRequest' }),
    emitClientError: emit(({ event }) => ({
      type: 'server.clientError',
      error: errorOf(event),
    })),
    emitProtocolChange: emit(({ context }) => ({ type: `server.${context.changesTo as 'upgrade' | 'connect'}` })),
    emitTimeout: emit({ type: 'server.timeout' }),
    orderOpen: emit(({ event }) => ({ type: 'io.open', head: head(event).head })),
    orderContinue: emit({ type: 'io.continue' }),
    orderBadRequest: emit({ type: 'io.respond', status: 400, closes: true }),
    orderExpectationFailed: emit({ type: 'io.respond', status: 417, closes: false }),
    orderUnavailable: emit({ type: 'io.respond', status: 503, closes: false }),
    orderAttach: emit({ type: 'io.attach' }),
    orderReserve: emit(({ event }) => ({ type: 'io.reserve', head: head(event).head })),
    orderDetach: emit({ type: 'io.detach' }),
    noteProtocolChange: assign({ changesTo: ({ event }) => head(event).changesTo }),
    orderHoldFault: emit(({ event }) => ({ type: 'io.holdFault', error: errorOf(event) })),
    orderReportFault: emit({ type: 'io.reportFault' }),
    orderStopDeadlines: emit({ type: 'io.stopDeadlines' }),
    orderRefusal: emit(({ event }) => ({ type: 'io.refuse', error: errorOf(event) })),
    orderFailure: emit(({ event }) => ({ type: 'io.fail', error: errorOf(event) })),
    orderDestroy: emit({ type: 'io.destroy' }),
    orderEnd: emit({ type: 'io.end' }),
    orderEndSoon: emit({ type: 'io.endSoon' }),
    orderLinger: emit({ type: 'io.linger' }),
    orderPause: emit({ type: 'io.pause' }),
    orderResume: emit({ type: 'io.resume' }),
    orderIdle: emit({ type: 'io.startIdle' }),
    orderBusy: emit({ type: 'io.stopIdle' }),
    orderLast: emit({ type: 'io.markLast' }),
    orderPoll: emit({ type: 'io.poll' }),
    orderSettle: emit({ type: 'io.settle' }),
    orderIgnore: emit({ type: 'io.ignore' }),
    orderTruncate: emit({ type: 'io.truncate' }),
    orderCount: emit({ type: 'io.countResponse' }),
    orderTurnAway: emit({ type: 'io.turnAway' }),
    orderCut: emit({ type: 'io.cut' }),
    orderAbandon: emit({ type: 'io.abandon' }),
  },
}).createMachine({
  id: 'connection',
  description: 'One socket of a server, from accept to close.',
  type: 'parallel',
  context: { changesTo: 'none' },
  states: {
    reading: {
      description: 'What the peer sends.',
      initial: 'awaiting',
      on: { 'net.failed': '.faulty' },
      states: {
        awaiting: {
          id: 'awaiting',
          description: 'A request head is awaited.',
          initial: 'fresh',
          on: {
            'wire.head': [
              { guard: 'isOrdinary', target: 'readingBody', actions: ['orderOpen', 'emitRequest'] },
              { guard: 'isUnhosted', target: 'ignoring', actions: ['orderOpen', 'orderBadRequest'] },
              { guard: 'isLeaving', target: 'upgrading', actions: ['noteProtocolChange', 'orderReserve'] },
              {
                guard: 'isSurplus',
                target: 'readingBody',
                actions: ['orderOpen', 'emitDropRequest', 'orderUnavailable'],
              },
              {
                guard: and(['expectsContinue', 'hasListener']),
                target: 'readingBody',
                actions: ['orderOpen', 'emitCheckContinue'],
              },
              {
                guard: 'expectsContinue',
                target: 'readingBody',
                actions: ['orderOpen', 'orderContinue', 'emitRequest'],
              },
              { guard: 'hasListener', target: 'readingBody', actions: ['orderOpen', 'emitCheckExpectation'] },
              { target: 'readingBody', actions: ['orderOpen', 'orderExpectationFailed'] },
            ],
            'wire.malformed': 'faulty',
            'wire.truncated': 'faulty',
            'clock.expired': { guard: or(['isHeadLate', 'isWholeLate']), target: 'faulty' },
            'response.last': 'ignoring',
            'clock.polled': { guard: 'isParting', target: 'ignoring' },
            'response.switched': 'ignoring',
            'server.closing': { guard: and(['isOpenEnded', 'isPersistent']), target: 'ignoring' },
            'server.draining': { guard: and(['isLastDue', 'isPersistent']), target: 'ignoring' },
          },
          states: {
            fresh: {
              id: 'fresh',
              description: 'Nothing has arrived on this connection yet.',
              on: { 'wire.partial': 'begun' },
            },
            kept: {
              id: 'kept',
              description: 'A request was read; the connection is kept for another.',
              exit: 'orderBusy',
              on: { 'wire.partial': 'begun' },
            },
            begun: { id: 'head', description: 'A part of a head has come.' },
          },
        },
        readingBody: {
          id: 'readingBody',
          description: 'A head is complete, its message is not.',
          on: {
            'wire.complete': [{ guard: 'isOver', target: 'ignoring' }, { target: 'awaiting.kept' }],
            'wire.malformed': 'faulty',
            'wire.truncated': 'faulty',
            'clock.expired': { guard: 'isWholeLate', target: 'faulty' },
            'clock.settled': { guard: 'isSending', target: 'ignoring', actions: 'orderTruncate' },
          },
        },
        upgrading: {
          id: 'upgrading',
          description: 'A change of protocol waits for the responses before it.',
          always: [
            { guard: and(['isFree', 'isUnclaimed']), target: '#refused', actions: 'orderDestroy' },
            { guard: 'isFree', target: 'upgraded', actions: ['orderDetach', 'emitProtocolChange'] },
            { guard: not('isOpen'), target: 'ignoring' },
          ],
        },
        upgraded: {
          description: 'The socket belongs to the program; nothing of ours is left on it.',
        },
        faulty,
        ignoring: {
          id: 'ignoring',
          description: 'What follows the last request is not processed (RFC 9112 §9.6).',
          entry: 'orderIgnore',
        },
      },
    },
    responses,
    reuse,
    gate,
    transport,
    drain,
  },
});

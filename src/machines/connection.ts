/**
 * A server's connection: one socket, from accept to close.
 *
 * Rule 1: which event a request causes, whether the connection is kept, when a bad peer is refused and when the socket
 *         is given away or closed is decided in this file and nowhere else.
 * Rule 2: this file doesn't know what is in a message. It is told, on the event, all that it has to weigh.
 * Rule 3: answers leave in order (RFC 9112 §9.3.2): a fault or a change of protocol waits for those before it.
 */
import { and, assign, emit, not, or, setup, stateIn } from 'xstate';
import type { ConnectionEmission, ConnectionEvent, HeadFact, ProtocolChange } from '../events/connection.js';
import { faulty, late } from './connection.fault.js';
import { gate } from './connection.gate.js';
import { reuse } from './connection.reuse.js';

type Of<Type extends ConnectionEvent['type']> = Extract<ConnectionEvent, { type: Type }>;
const head = (event: ConnectionEvent): HeadFact => event as HeadFact;

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
    isLast: ({ event }) => (event as Of<'response.finished'>).last,
    hasMore: ({ event }) => (event as Of<'response.finished'>).more,
    isListening: stateIn('#awaiting'),
    isOpen: stateIn('#open'),
    isCut: ({ event }) => event.type === 'wire.truncated',
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
    isSettled: and([or([stateIn('#final'), stateIn('#ending')]), not(stateIn('#upgrading')), not('hasMore')]),
    isPersistent: stateIn('#persistent'),
    isReading: or([stateIn('#awaiting'), stateIn('#readingBody')]),
    isUnused: and([stateIn('#open'), or([stateIn('#fresh'), stateIn('#kept')])]),
    isLate: and([stateIn('#readingBody'), stateIn('#closing'), not(stateIn('#due'))]),
  },
  actions: {
    emitRequest: emit(({ event }) => ({ type: 'server.request', head: head(event).head })),
    emitCheckContinue: emit(({ event }) => ({ type: 'server.checkContinue', head: head(event).head })),
    emitCheckExpectation: emit(({ event }) => ({ type: 'server.checkExpectation', head: head(event).head })),
    emitDropRequest: emit(({ event }) => ({ type: 'server.dropRequest', head: head(event).head })),
    emitClientError: emit({ type: 'server.clientError' }),
    emitProtocolChange: emit(({ context }) => ({ type: `server.${context.changesTo as 'upgrade' | 'connect'}` })),
    emitTimeout: emit({ type: 'server.timeout' }),
    orderContinue: emit(({ event }) => ({ type: 'io.continue', head: head(event).head })),
    orderBadRequest: emit(({ event }) => ({ type: 'io.respond', head: head(event).head, status: 400 })),
    orderExpectationFailed: emit(({ event }) => ({ type: 'io.respond', head: head(event).head, status: 417 })),
    orderReserve: emit(({ event }) => ({ type: 'io.reserve', head: head(event).head })),
    orderDetach: emit({ type: 'io.detach' }),
    noteProtocolChange: assign({ changesTo: ({ event }) => head(event).changesTo }),
    orderReportFault: emit({ type: 'io.reportFault' }),
    orderRefusal: emit({ type: 'io.refuse' }),
    orderFailure: emit({ type: 'io.fail' }),
    orderDestroy: emit({ type: 'io.destroy' }),
    orderEnd: emit({ type: 'io.end' }),
    orderEndSoon: emit({ type: 'io.endSoon' }),
    orderPause: emit({ type: 'io.pause' }),
    orderResume: emit({ type: 'io.resume' }),
    orderIdle: emit({ type: 'io.startIdle' }),
    orderBusy: emit({ type: 'io.stopIdle' }),
    orderLast: emit({ type: 'io.markLast' }),
    orderPoll: emit({ type: 'io.poll' }),
    orderIgnore: emit({ type: 'io.ignore' }),
    orderTruncate: emit({ type: 'io.truncate' }),
    orderAbandon: emit({ type: 'io.abandon' }),
  },
}).createMachine({
  id: 'connection',
  description: 'One socket of a server, from accept to close.',
  type: 'parallel',
  context: { changesTo: 'none' },
  states: {
    reading: {
      description: 'What the peer is saying.',
      initial: 'awaiting',
      on: { 'net.failed': '.faulty' },
      states: {
        awaiting: {
          id: 'awaiting',
          description: 'A request head is awaited.',
          initial: 'fresh',
          on: {
            'wire.head': [
              { guard: 'isOrdinary', target: 'readingBody', actions: 'emitRequest' },
              { guard: 'isUnhosted', target: 'ignoring', actions: 'orderBadRequest' },
              { guard: 'isLeaving', target: 'upgrading', actions: ['noteProtocolChange', 'orderReserve'] },
              { guard: 'isSurplus', target: 'readingBody', actions: 'emitDropRequest' },
              { guard: and(['expectsContinue', 'hasListener']), target: 'readingBody', actions: 'emitCheckContinue' },
              { guard: 'expectsContinue', target: 'readingBody', actions: 'orderContinue' },
              { guard: 'hasListener', target: 'readingBody', actions: 'emitCheckExpectation' },
              { target: 'readingBody', actions: 'orderExpectationFailed' },
            ],
            'wire.malformed': 'faulty',
            'wire.truncated': 'faulty',
            'clock.expired': 'faulty',
            'response.last': 'ignoring',
            'response.switched': 'ignoring',
            'server.closing': { guard: and(['isOpenEnded', 'isPersistent']), target: 'ignoring' },
          },
          states: {
            fresh: {
              id: 'fresh',
              description: 'Nothing has come on this connection yet.',
              on: { 'wire.partial': 'begun' },
            },
            kept: {
              id: 'kept',
              description: 'A request has been read; the connection is kept for another.',
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
            'clock.expired': 'faulty',
          },
        },
        upgrading: {
          id: 'upgrading',
          description: 'A change of protocol waits for the answers before it.',
          always: [
            { guard: and(['isFree', 'isUnclaimed']), target: '#refused', actions: 'orderDestroy' },
            { guard: 'isFree', target: 'upgraded', actions: ['orderDetach', 'emitProtocolChange'] },
            { guard: not('isOpen'), target: 'ignoring' },
          ],
        },
        upgraded: {
          description: 'The socket is somebody else’s; nothing of ours is left on it.',
        },
        faulty,
        ignoring: {
          id: 'ignoring',
          description: 'What comes behind the last request is not processed (RFC 9112 §9.6).',
          entry: 'orderIgnore',
        },
      },
    },
    responses: {
      description: 'Whether the peer is owed an answer.',
      initial: 'none',
      states: {
        none: {
          description: 'Every request that was read is answered.',
          on: { 'wire.head': { guard: and(['isListening', not('isLeaving')]), target: 'due' } },
        },
        due: {
          id: 'due',
          description: 'At least one answer is due.',
          on: { 'response.finished': { guard: not('hasMore'), target: 'none' } },
        },
      },
    },
    reuse,
    gate,
    transport: {
      description: 'The socket itself.',
      initial: 'open',
      on: {
        'net.timedOut': [
          { guard: 'hasListener', actions: 'emitTimeout' },
          { actions: ['emitTimeout', 'orderDestroy'] },
        ],
        'net.closed': { target: '.closed', actions: 'orderAbandon' },
      },
      states: {
        open: {
          id: 'open',
          description: 'Both directions are open, or the peer’s is closed and ours is kept.',
          on: {
            'wire.complete': { guard: 'isLate', actions: 'orderIdle' },
            'response.finished': [
              { guard: 'isLast', target: 'leaving', actions: 'orderEndSoon' },
              { guard: 'isSettled', target: 'leaving', actions: 'orderEndSoon' },
              { guard: and([not('hasMore'), not('hasBegunHead')]), actions: 'orderIdle' },
            ],
            'net.ended': [{ guard: and(['isHalfOpen', 'isDue']) }, { target: 'leaving', actions: 'orderEnd' }],
            // What the peer waits for can't leave any more; that it goes would not be noticed.
            'net.finished': { guard: 'isWaitedFor', actions: 'orderDestroy' },
            'net.failed': 'failed',
          },
        },
        leaving: {
          description: 'Our side says FIN when all that is written has left.',
          on: { 'wire.malformed': late, 'clock.expired': late },
        },
        failed: { id: 'failed', description: 'The socket has failed.' },
        closed: { description: 'The socket is gone.' },
      },
    },
  },
});

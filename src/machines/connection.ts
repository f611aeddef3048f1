/**
 * A server's connection: one socket, from accept to close.
 *
 * Rule 1: which event a request causes, whether the connection is kept, when a bad peer is refused and when the socket
 *         is given away or closed is decided in this file and nowhere else.
 * Rule 2: this file doesn't know what is in a message. It is told, on the event, all that it has to weigh.
 * Rule 3: answers leave in order (RFC 9112 §9.3.2): a fault or a change of protocol waits for those before it.
 */
import { and, assign, emit, not, or, setup, stateIn } from 'xstate';
import type { ConnectionEmission, ConnectionEvent, HeadFact, Takeover } from '../events/connection.js';
import { faulty, late } from './fault.js';
import { gate } from './pipeline-gate.js';
import { reuse } from './reuse.js';

type Of<Type extends ConnectionEvent['type']> = Extract<ConnectionEvent, { type: Type }>;
const head = (event: ConnectionEvent): HeadFact => event as HeadFact;

export const connectionMachine = setup({
  types: {
    context: {} as { leavesBy: Takeover },
    events: {} as ConnectionEvent,
    emitted: {} as ConnectionEmission,
  },
  guards: {
    isOrdinary: ({ event }) => head(event).kind === 'ordinary',
    isUnhosted: ({ event }) => head(event).kind === 'unhosted',
    isLeaving: ({ event }) => head(event).kind === 'leaving',
    isUnclaimed: ({ context }) => context.leavesBy === 'nobody',
    isSurplus: ({ event }) => head(event).kind === 'surplus',
    expectsContinue: ({ event }) => head(event).kind === 'continue',
    isTransient: ({ event }) => !head(event).persists,
    isCrowded: ({ event }) => head(event).crowded,
    isHeard: ({ event }) => (event as Of<'wire.malformed'>).heard,
    isBehind: ({ event }) => (event as Of<'wire.malformed'>).behind,
    isBlank: ({ event }) => (event as Of<'wire.malformed'>).blank,
    isHalfOpen: ({ event }) => (event as Of<'net.ended'>).halfOpen,
    isMuch: ({ event }) => (event as Of<'net.excess'>).much,
    isOpenEnded: ({ event }) => (event as Of<'server.closing'>).openEnded,
    isLast: ({ event }) => (event as Of<'answer.finished'>).last,
    hasMore: ({ event }) => (event as Of<'answer.finished'>).more,
    isListening: stateIn('#awaiting'),
    isOpen: stateIn('#open'),
    isCut: ({ event }) => event.type === 'wire.cut',
    hasFailed: stateIn('#failed'),
    isUnheard: not(or(['isOpen', 'hasFailed'])),
    isHeld: or(['isCrowded', and([stateIn('#parting'), 'hasMore'])]),
    isFree: and([stateIn('#open'), not(stateIn('#due'))]),
    isWaitedFor: stateIn('#shut'),
    isInHead: stateIn('#head'),
    isInBody: stateIn('#readingBody'),
    isDue: stateIn('#due'),
    isFresh: stateIn('#fresh'),
    isKept: and([stateIn('#kept'), not(stateIn('#due'))]),
    isQueued: and(['isLeaving', stateIn('#due')]),
    isOver: or([stateIn('#final'), stateIn('#switched')]),
    isSwitched: stateIn('#switched'),
    isSettled: and([or([stateIn('#final'), stateIn('#ending')]), not(stateIn('#parting')), not('hasMore')]),
    isPersistent: stateIn('#persistent'),
    isReading: or([stateIn('#awaiting'), stateIn('#readingBody')]),
    isUnused: and([stateIn('#open'), or([stateIn('#fresh'), stateIn('#kept')])]),
    isLate: and([stateIn('#readingBody'), stateIn('#closing'), not(stateIn('#due'))]),
  },
  actions: {
    tellRequest: emit(({ event }) => ({ type: 'server.request', head: head(event).head })),
    tellCheckContinue: emit(({ event }) => ({ type: 'server.checkContinue', head: head(event).head })),
    tellCheckExpectation: emit(({ event }) => ({ type: 'server.checkExpectation', head: head(event).head })),
    tellDropRequest: emit(({ event }) => ({ type: 'server.dropRequest', head: head(event).head })),
    tellClientError: emit({ type: 'server.clientError' }),
    tellTakeover: emit(({ context }) => ({ type: `server.${context.leavesBy as 'upgrade' | 'connect'}` })),
    tellTimeout: emit({ type: 'server.timeout' }),
    orderContinue: emit(({ event }) => ({ type: 'io.continue', head: head(event).head })),
    orderBadRequest: emit(({ event }) => ({ type: 'io.answer', head: head(event).head, status: 400 })),
    orderExpectationFailed: emit(({ event }) => ({ type: 'io.answer', head: head(event).head, status: 417 })),
    orderReserve: emit(({ event }) => ({ type: 'io.reserve', head: head(event).head })),
    orderLetGo: emit({ type: 'io.letGo' }),
    noteTakeover: assign({ leavesBy: ({ event }) => head(event).leavesBy }),
    orderRecall: emit({ type: 'io.recall' }),
    orderRefusal: emit({ type: 'io.refuse' }),
    orderFailure: emit({ type: 'io.fail' }),
    orderDestroy: emit({ type: 'io.destroy' }),
    orderEnd: emit({ type: 'io.end' }),
    orderEndSoon: emit({ type: 'io.endSoon' }),
    orderPause: emit({ type: 'io.pause' }),
    orderResume: emit({ type: 'io.resume' }),
    orderIdle: emit({ type: 'io.startIdle' }),
    orderBusy: emit({ type: 'io.stopIdle' }),
    orderLast: emit({ type: 'io.sayClose' }),
    orderLook: emit({ type: 'io.look' }),
    orderDeafness: emit({ type: 'io.deafen' }),
    orderCut: emit({ type: 'io.cut' }),
    orderAbandon: emit({ type: 'io.abandon' }),
  },
}).createMachine({
  id: 'connection',
  description: 'One socket of a server, from accept to close.',
  type: 'parallel',
  context: { leavesBy: 'none' },
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
              { guard: 'isOrdinary', target: 'readingBody', actions: 'tellRequest' },
              { guard: 'isUnhosted', target: 'deaf', actions: 'orderBadRequest' },
              { guard: 'isLeaving', target: 'parting', actions: ['noteTakeover', 'orderReserve'] },
              { guard: 'isSurplus', target: 'readingBody', actions: 'tellDropRequest' },
              { guard: and(['expectsContinue', 'isHeard']), target: 'readingBody', actions: 'tellCheckContinue' },
              { guard: 'expectsContinue', target: 'readingBody', actions: 'orderContinue' },
              { guard: 'isHeard', target: 'readingBody', actions: 'tellCheckExpectation' },
              { target: 'readingBody', actions: 'orderExpectationFailed' },
            ],
            'wire.malformed': 'faulty',
            'wire.cut': 'faulty',
            'clock.expired': 'faulty',
            'answer.last': 'deaf',
            'answer.switched': 'deaf',
            'server.closing': { guard: and(['isOpenEnded', 'isPersistent']), target: 'deaf' },
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
            'wire.complete': [{ guard: 'isOver', target: 'deaf' }, { target: 'awaiting.kept' }],
            'wire.malformed': 'faulty',
            'wire.cut': 'faulty',
            'clock.expired': 'faulty',
          },
        },
        parting: {
          id: 'parting',
          description: 'A change of protocol waits for the answers before it.',
          always: [
            { guard: and(['isFree', 'isUnclaimed']), target: '#refused', actions: 'orderDestroy' },
            { guard: 'isFree', target: 'upgraded', actions: ['orderLetGo', 'tellTakeover'] },
            { guard: not('isOpen'), target: 'deaf' },
          ],
        },
        upgraded: {
          description: 'The socket is somebody else’s; nothing of ours is left on it.',
        },
        faulty,
        deaf: {
          id: 'deaf',
          description: 'What comes behind the last request is not processed (RFC 9112 §9.6).',
          entry: 'orderDeafness',
        },
      },
    },
    answers: {
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
          on: { 'answer.finished': { guard: not('hasMore'), target: 'none' } },
        },
      },
    },
    reuse,
    gate,
    transport: {
      description: 'The socket itself.',
      initial: 'open',
      on: {
        'net.timedOut': [{ guard: 'isHeard', actions: 'tellTimeout' }, { actions: ['tellTimeout', 'orderDestroy'] }],
        'net.closed': { target: '.closed', actions: 'orderAbandon' },
      },
      states: {
        open: {
          id: 'open',
          description: 'Both directions are open, or the peer’s is closed and ours is kept.',
          on: {
            'wire.complete': { guard: 'isLate', actions: 'orderIdle' },
            'answer.finished': [
              { guard: 'isLast', target: 'leaving', actions: 'orderEndSoon' },
              { guard: 'isSettled', target: 'leaving', actions: 'orderEndSoon' },
              { guard: and([not('hasMore'), not('isInHead')]), actions: 'orderIdle' },
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

/**
 * A client's request, from its creation to its 'close': the event orders that Node documents under `http.request`.
 *
 * Rule 1: when 'socket', 'response', 'abort', 'error' and 'close' may fire and which error it is, whether a broken connection
 *         ends the request or only its response, and whether the socket is given back, is decided here; the rest in
 *         outgoing.ts.
 * Rule 2: 'close' comes last, once, on every way; after a cut response only when its reader was notified. Only an abort() that
 *         is called after it still emits 'abort', as in Node.
 * Rule 3: the region `abortion` stands before `line`: 'abort' fires before what it causes.
 * Rule 4: an event with `hostOrder` leads to the order of the host, where 'error' of a cut response and 'abort' may follow
 *         'close'. The flag is the same on all events of a request.
 */
import { and, emit, not, or, stateIn } from 'xstate';
import type { RequestEvent } from '../events/request.js';
import { flow, message, outgoing } from './outgoing.js';
import { abortedAlone, closed, gone } from './request.gone.js';
import { response } from './request.response.js';

type Of<Type extends RequestEvent['type']> = Extract<RequestEvent, { type: Type }>;
const inHostOrder = (event: { type: string }): boolean => (event as Of<'user.abort'>).hostOrder;
const head = (event: { type: string }): Of<'wire.head'> => event as Of<'wire.head'>;

/** Without a socket there is nothing to cut. */
const destroyed = { target: '#doomed', actions: ['orderWithdraw', 'orderTick'] } as const;

const asking = {
  'net.refused': { target: '#closed', actions: ['emitFault', 'emitClose'] },
  'net.timedOut': { actions: 'emitTimeout' },
  'user.abort': [
    { guard: 'isHostOrder', target: '#renounced', actions: ['orderWithdraw', 'orderTick'] },
    { target: '#withdrawn', actions: 'orderWithdraw' },
  ],
  'user.destroy': destroyed,
  'user.misused': { actions: 'emitMisuse' },
} as const;

/** One request of a client, from its creation to its 'close'. diagrams/request.svg shows it. */
export const requestMachine = outgoing('req')
  .extend({
    guards: {
      isInterim: ({ event }) => head(event).kind === 'interim',
      leavesHttp: ({ event }) => head(event).kind === 'upgrade' || head(event).kind === 'connect',
      isProtocolChange: and(['leavesHttp', 'isAwaited']),
      hasListener: ({ event }) => head(event).hasListener,
      isRetriable: ({ event }) => (event as { retriable: boolean } & typeof event).retriable,
      mayKeep: ({ event }) => (event as Of<'response.ended'>).keeps,
      isAwaited: stateIn('#awaited'),
      isCut: stateIn('#reading'),
      isRead: stateIn('#read'),
      isSpoiled: stateIn('#spoiled'),
      isOver: and([stateIn('#finished'), not(stateIn('#cancelled'))]),
      isWritable: ({ event }) => (event as Of<'net.opened'>).writable,
      isUnread: ({ event }) => (event as Of<'wire.complete'>).unread,
      saysClose: ({ event }) => !(event as Of<'wire.complete'>).keeps,
      isHostOrder: ({ event }) => inHostOrder(event),
      ownsSocket: ({ event }) => (event as Of<'user.abort'>).ownsSocket,
      isOwed: not(stateIn('#finished')),
      mayFail: or([stateIn('#awaited'), stateIn('#whole'), stateIn('#read'), stateIn('#spoiled'), stateIn('#over')]),
    },
    actions: {
      emitResponse: emit({ type: 'req.response' }),
      emitContinue: emit({ type: 'req.continue' }),
      emitInformation: emit(({ event }) => ({ type: 'req.information', head: head(event).head })),
      emitProtocolChange: emit(({ event }) => ({ type: `req.${head(event).kind as 'upgrade' | 'connect'}` })),
      emitTimeout: emit({ type: 'req.timeout' }),
      emitAbort: emit({ type: 'req.abort' }),
      emitFault: emit({ type: 'req.error', because: 'fault' }),
      emitReason: emit({ type: 'req.error', because: 'destroyed' }),
      emitHangUp: emit({ type: 'req.error', because: 'hungUp' }),
      emitUnclaimed: emit({ type: 'req.error', because: 'unclaimed' }),
      orderAttach: emit({ type: 'io.attach' }),
      orderOpen: emit({ type: 'io.open' }),
      orderReceive: emit(({ event }) => ({ type: 'io.receive', head: head(event).head, upgrades: false })),
      orderReceiveUpgrade: emit(({ event }) => ({ type: 'io.receive', head: head(event).head, upgrades: true })),
      orderWithdraw: emit({ type: 'io.withdraw' }),
      orderReturnSocket: emit({ type: 'io.returnSocket' }),
      orderRetry: emit({ type: 'io.retry' }),
      orderDump: emit({ type: 'io.dump' }),
      orderAwaitReader: emit({ type: 'io.awaitReader' }),
      orderAbort: emit(({ event }) => ({ type: 'io.abort', hostOrder: inHostOrder(event) })),
      orderTickAbort: emit({ type: 'io.tickAbort' }),
      orderFree: emit({ type: 'io.free' }),
      orderHangUp: emit({ type: 'io.hangUp' }),
      orderEndSoon: emit({ type: 'io.endSoon' }),
      orderDetach: emit({ type: 'io.detach' }),
    },
  })
  .createMachine({
    id: 'request',
    description: 'One request of a client, from its creation to its ‘close’.',
    type: 'parallel',
    context: {},
    states: {
      abortion: {
        description: 'Whether ‘abort’ was emitted (request.abort() is deprecated since Node 14).',
        initial: 'none',
        states: {
          none: {
            description: 'Nobody called abort().',
            on: {
              'user.abort': [
                { guard: 'isHostOrder', target: 'deferred', actions: 'orderTickAbort' },
                { target: 'due', actions: 'orderTick' },
              ],
            },
          },
          due: {
            description: 'It is emitted at the end of the turn.',
            on: {
              'clock.tick': { target: 'emitted', actions: 'emitAbort' },
              'net.closed': { target: 'emitted', actions: 'emitAbort' },
              'response.failed': { target: 'emitted', actions: 'emitAbort' },
              'response.handedOver': { target: 'emitted', actions: 'emitAbort' },
            },
          },
          deferred: {
            description: 'In the host’s order: it is emitted at the end of the turn, even if ‘close’ comes before it.',
            on: { 'clock.aborted': { target: 'emitted', actions: 'emitAbort' } },
          },
          emitted: { description: '‘abort’ was emitted.' },
        },
      },
      line: {
        description: 'The socket on which the request is sent, and the end of the request.',
        initial: 'unassigned',
        states: {
          unassigned: {
            description: 'The agent has no socket for it yet.',
            on: {
              ...asking,
              'user.abort': [abortedAlone, ...asking['user.abort']],
              'user.forsake': [{ guard: 'isHostOrder', target: 'gone.forsaken', actions: 'orderDestroy' }, destroyed],
              'net.attached': { target: 'attached', actions: ['orderAttach', 'emitSocket', 'orderOpen'] },
            },
          },
          attached: {
            id: 'attached',
            description: 'It has the socket, which is connected or still connecting.',
            initial: 'first',
            on: {
              'net.opened': { guard: 'isWritable', actions: 'orderWriteKept' },
              'wire.head': [
                {
                  guard: and(['isProtocolChange', 'hasListener']),
                  target: 'upgraded',
                  actions: ['orderDetach', 'orderReceiveUpgrade', 'emitProtocolChange'],
                },
                { guard: 'isProtocolChange', target: 'gone.failed', actions: ['emitUnclaimed', 'orderDestroy'] },
              ],
              'wire.complete': {
                guard: and(['isCut', 'saysClose', 'isOwed']),
                target: '.ceasing',
                actions: 'orderTick',
              },
              'wire.malformed': { target: 'gone.failed', actions: ['emitFault', 'orderDestroy'] },
              'net.failed': { target: 'gone.failed', actions: ['emitFault', 'orderDestroy'] },
              'net.ended': [
                { guard: 'isAwaited', target: 'gone.failed', actions: ['emitHangUp', 'orderDestroy'] },
                { guard: 'isCut', actions: 'orderDestroy' },
                { actions: 'orderHangUp' },
              ],
              'net.closed': closed,
              'net.timedOut': { actions: 'emitTimeout' },
              'response.ended': [
                { guard: not('mayKeep'), actions: 'orderEndSoon' },
                { guard: 'isOver', target: 'released', actions: ['orderRelease', 'orderTick'] },
              ],
              'net.flushed': [
                { guard: 'isRead', target: 'released', actions: ['orderRelease', 'orderTick'] },
                { guard: 'isSpoiled', actions: 'orderEndSoon' },
              ],
              'user.abort': { target: 'gone.cut', actions: 'orderDestroy' },
              'user.destroy': { target: 'gone.cut', actions: 'orderDestroy' },
              'user.misused': { actions: 'emitMisuse' },
            },
            states: {
              first: {
                description:
                  'The first socket: if nothing of a response comes, a fresh one may be tried (RFC 9110 §9.2.2).',
                on: {
                  'net.failed': { guard: 'isRetriable', target: '#retrying' },
                  'net.ended': { guard: 'isRetriable', target: '#retrying', actions: 'orderDestroy' },
                  'net.closed': { guard: 'isRetriable', target: '#again', actions: 'orderRetry' },
                },
              },
              second: { description: 'The fresh socket, after a reused one that was dead.' },
              ceasing: {
                description:
                  'The response is whole and contains `Connection: close`: what is not sent by the end of the turn is dropped.',
                on: { 'clock.tick': { guard: 'isOwed', target: '#ceased', actions: 'orderDestroy' } },
              },
            },
          },
          retrying: {
            id: 'retrying',
            description: 'The reused socket was dead, and is closing.',
            on: {
              'net.closed': { target: 'again', actions: 'orderRetry' },
              'user.abort': [
                { guard: 'isHostOrder', target: 'gone.renounced', actions: 'orderTick' },
                { target: 'gone.withdrawn' },
              ],
              'user.destroy': { target: 'gone.doomed', actions: 'orderTick' },
              'user.misused': { actions: 'emitMisuse' },
            },
          },
          again: {
            id: 'again',
            description: 'A fresh socket is asked for.',
            on: {
              ...asking,
              'net.attached': { target: 'attached.second', actions: ['orderAttach', 'emitSocket', 'orderOpen'] },
            },
          },
          released: {
            id: 'released',
            description: 'Request and response are over; the socket is given back at the end of the turn.',
            on: {
              'clock.tick': { target: 'gone.closed', actions: ['emitClose', 'orderFree'] },
            },
          },
          upgraded: {
            description: 'The socket belongs to the program; nothing of ours is left on it.',
            on: {
              'response.handedOver': { target: 'gone.closed', actions: 'emitClose' },
              'user.destroy': { actions: 'orderDestroy' },
            },
          },
          gone,
        },
      },
      response,
      message: message({
        turn: {
          'net.opened': { guard: and(['isAttached', 'isWritable']), target: 'flushing', actions: 'emitPrefinish' },
        },
        flushed: { guard: 'isLeaving', target: 'finished', actions: 'emitFinish' },
        recalled: { 'user.head': 'streaming' },
        miscounted: { 'user.miscounted': { actions: 'orderSpoil' } },
        late: {
          end: [{ guard: 'isGone', target: 'flushing', actions: 'orderEnd' }],
          bareEnd: [{ guard: 'isGone', target: 'flushing', actions: 'orderBareEnd' }],
        },
      }),
      flow,
    },
  });

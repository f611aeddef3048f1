/**
 * A client's request, from its making to its 'close': the event orders that Node documents under `http.request`.
 *
 * Rule 1: when 'socket', 'response', 'abort', 'error' and 'close' may fire, whether a broken connection ends the request
 *         or only its answer, and whether the socket is given back, is decided here; the rest in outgoing.ts.
 * Rule 2: 'close' comes last, once, on every way; behind a cut answer only when its reader was told. Only an abort() that
 *         is called behind it is still told, as Node's is.
 * Rule 3: the region `abortion` stands before `line`: an abort is told before what it causes.
 */
import { and, emit, not, or, stateIn } from 'xstate';
import type { RequestEvent } from '../events/request.js';
import { flow, message, outgoing } from './outgoing.js';
import { closed, gone } from './request.gone.js';
import { response } from './request.response.js';

type Of<Type extends RequestEvent['type']> = Extract<RequestEvent, { type: Type }>;
const head = (event: { type: string }): Of<'wire.head'> => event as Of<'wire.head'>;

/** Without a socket: there is nothing to break off. */
const asking = {
  'net.refused': { target: '#closed', actions: ['emitError', 'emitClose'] },
  'user.abort': { target: '#withdrawn', actions: 'orderWithdraw' },
  'user.destroy': { target: '#doomed', actions: ['orderWithdraw', 'orderTick'] },
  'user.misused': { actions: 'emitMisuse' },
} as const;

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
      isUnread: ({ event }) => (event as Of<'wire.complete'>).unread,
      saysClose: ({ event }) => !(event as Of<'wire.complete'>).keeps,
      isOwed: not(stateIn('#finished')),
      mayFail: or([stateIn('#awaited'), stateIn('#whole'), stateIn('#read'), stateIn('#spoiled'), stateIn('#over')]),
    },
    actions: {
      emitResponse: emit(({ event }) => ({ type: 'req.response', head: head(event).head })),
      emitContinue: emit({ type: 'req.continue' }),
      emitInformation: emit(({ event }) => ({ type: 'req.information', head: head(event).head })),
      emitProtocolChange: emit(({ event }) => ({
        type: `req.${head(event).kind as 'upgrade' | 'connect'}`,
        head: head(event).head,
      })),
      emitTimeout: emit({ type: 'req.timeout' }),
      emitAbort: emit({ type: 'req.abort' }),
      emitError: emit({ type: 'req.error' }),
      orderWithdraw: emit({ type: 'io.withdraw' }),
      orderReturnSocket: emit({ type: 'io.returnSocket' }),
      orderRetry: emit({ type: 'io.retry' }),
      orderDump: emit({ type: 'io.dump' }),
      orderAwaitReader: emit({ type: 'io.awaitReader' }),
      orderAbort: emit({ type: 'io.abort' }),
      orderFree: emit({ type: 'io.free' }),
      orderHangUp: emit({ type: 'io.hangUp' }),
      orderEndSoon: emit({ type: 'io.endSoon' }),
      orderDetach: emit({ type: 'io.detach' }),
    },
  })
  .createMachine({
    id: 'request',
    description: 'One request of a client, from its making to its ‘close’.',
    type: 'parallel',
    context: {},
    states: {
      abortion: {
        description: 'Whether ‘abort’ was told (request.abort() is deprecated since Node 14).',
        initial: 'none',
        states: {
          none: {
            description: 'Nobody called abort().',
            on: { 'user.abort': { target: 'due', actions: 'orderTick' } },
          },
          due: {
            description: 'It is told when this turn is over.',
            on: {
              'clock.tick': { target: 'emitted', actions: 'emitAbort' },
              'net.closed': { target: 'emitted', actions: 'emitAbort' },
              'response.failed': { target: 'emitted', actions: 'emitAbort' },
              'response.handedOver': { target: 'emitted', actions: 'emitAbort' },
            },
          },
          emitted: { description: '‘abort’ was told.' },
        },
      },
      line: {
        description: 'The socket that the request leaves on, and the end of the request.',
        initial: 'unassigned',
        states: {
          unassigned: {
            description: 'The agent has no socket for it yet.',
            on: {
              ...asking,
              'net.attached': { target: 'attached', actions: 'emitSocket' },
            },
          },
          attached: {
            id: 'attached',
            description: 'The socket is this request’s, connected or still connecting.',
            initial: 'first',
            on: {
              'wire.head': [
                {
                  guard: and(['isProtocolChange', 'hasListener']),
                  target: 'upgraded',
                  actions: ['orderDetach', 'emitProtocolChange'],
                },
                { guard: 'isProtocolChange', target: 'gone.failed', actions: ['emitError', 'orderDestroy'] },
              ],
              'wire.complete': {
                guard: and(['isCut', 'saysClose', 'isOwed']),
                target: '.ceasing',
                actions: 'orderTick',
              },
              'wire.malformed': { target: 'gone.failed', actions: ['emitError', 'orderDestroy'] },
              'net.failed': { target: 'gone.failed', actions: ['emitError', 'orderDestroy'] },
              'net.ended': [
                { guard: 'isAwaited', target: 'gone.failed', actions: ['emitError', 'orderDestroy'] },
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
                  'The first socket: where nothing of an answer comes, a fresh one may be tried (RFC 9110 §9.2.2).',
                on: {
                  'net.failed': { guard: 'isRetriable', target: '#retrying' },
                  'net.ended': { guard: 'isRetriable', target: '#retrying', actions: 'orderDestroy' },
                  'net.closed': { guard: 'isRetriable', target: '#again', actions: 'orderRetry' },
                },
              },
              second: { description: 'The fresh socket, behind a reused one that was dead.' },
              ceasing: {
                description:
                  'The answer is whole and says close: what has not left by the end of the turn is not sent.',
                on: { 'clock.tick': { guard: 'isOwed', target: '#ceased', actions: 'orderDestroy' } },
              },
            },
          },
          retrying: {
            id: 'retrying',
            description: 'The reused socket was dead, and is going.',
            on: {
              'net.closed': { target: 'again', actions: 'orderRetry' },
              'user.abort': 'gone.withdrawn',
              'user.destroy': { target: 'gone.doomed', actions: 'orderTick' },
              'user.misused': { actions: 'emitMisuse' },
            },
          },
          again: {
            id: 'again',
            description: 'A fresh socket is asked for.',
            on: {
              ...asking,
              'net.attached': { target: 'attached.second', actions: 'emitSocket' },
            },
          },
          released: {
            id: 'released',
            description: 'Request and answer are over; the socket is given back when this turn is.',
            on: {
              'clock.tick': { target: 'gone.closed', actions: ['emitClose', 'orderFree'] },
            },
          },
          upgraded: {
            description: 'The socket is somebody else’s; nothing of ours is left on it.',
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
        turn: 'net.opened',
        flushed: { guard: 'isLeaving', target: 'finished', actions: 'emitFinish' },
        recalled: { 'user.head': 'streaming' },
        late: {
          end: [{ guard: 'isGone', target: 'flushing', actions: 'orderEnd' }],
          bareEnd: [{ guard: 'isGone', target: 'flushing', actions: 'orderBareEnd' }],
        },
      }),
      flow,
    },
  });

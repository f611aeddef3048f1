/**
 * A client's request, from its making to its 'close': the event orders that Node documents under `http.request`.
 *
 * Rule 1: when 'socket', 'response', 'abort', 'error' and 'close' may fire, whether a broken connection ends the request
 *         or only its answer, and whether the socket is given back, is decided here; the rest in outgoing.ts.
 * Rule 2: 'close' comes last, once, on every way; behind a cut answer only when its reader was told.
 * Rule 3: the region `abortion` stands before `line`: an abort is told before what it causes.
 */
import { and, emit, not, or, stateIn } from 'xstate';
import type { RequestEvent } from '../events/request.js';
import { flow, message, outgoing } from './outgoing.js';

type Of<Type extends RequestEvent['type']> = Extract<RequestEvent, { type: Type }>;
const answer = (event: { type: string }): Of<'wire.head'> => event as Of<'wire.head'>;

/** The socket is gone: that fails the request, cuts its answer, or is what was waited for. */
const closed = [
  { guard: 'isUnanswered', target: '#closed', actions: ['tellError', 'tellClose'] },
  { guard: 'isCut', target: '#losing', actions: 'orderAbort' },
  { target: '#closed', actions: 'tellClose' },
] as const;

export const requestMachine = outgoing('req')
  .extend({
    guards: {
      isInterim: ({ event }) => answer(event).kind === 'interim',
      isFinal: ({ event }) => answer(event).kind === 'final',
      isClaimed: ({ event }) => answer(event).heard,
      isRetriable: ({ event }) => (event as { retriable: boolean } & typeof event).retriable,
      mayKeep: ({ event }) => (event as Of<'answer.ended'>).keeps,
      isUnanswered: stateIn('#unanswered'),
      isCut: stateIn('#reading'),
      isRead: stateIn('#read'),
      isSent: stateIn('#finished'),
    },
    actions: {
      tellResponse: emit(({ event }) => ({ type: 'req.response', head: answer(event).head })),
      tellContinue: emit({ type: 'req.continue' }),
      tellInformation: emit(({ event }) => ({ type: 'req.information', head: answer(event).head })),
      tellTakeover: emit(({ event }) => ({
        type: `req.${answer(event).kind as 'upgrade' | 'connect'}`,
        head: answer(event).head,
      })),
      tellTimeout: emit({ type: 'req.timeout' }),
      tellAbort: emit({ type: 'req.abort' }),
      tellError: emit({ type: 'req.error' }),
      orderWithdraw: emit({ type: 'io.withdraw' }),
      orderHandBack: emit({ type: 'io.handBack' }),
      orderRetry: emit({ type: 'io.retry' }),
      orderDump: emit({ type: 'io.dump' }),
      orderAbort: emit({ type: 'io.abort' }),
      orderFree: emit({ type: 'io.free' }),
      orderHangUp: emit({ type: 'io.hangUp' }),
      orderEndSoon: emit({ type: 'io.endSoon' }),
      orderLetGo: emit({ type: 'io.letGo' }),
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
            on: { 'clock.tick': { target: 'told', actions: 'tellAbort' } },
          },
          told: { description: '‘abort’ was told.' },
        },
      },
      line: {
        description: 'The socket that the request leaves on, and the end of the request.',
        initial: 'unassigned',
        states: {
          unassigned: {
            description: 'The agent has no socket for it yet.',
            on: {
              'net.attached': { target: 'attached', actions: 'tellSocket' },
              'net.refused': { target: 'gone.closed', actions: ['tellError', 'tellClose'] },
              'user.abort': { target: 'gone.withdrawn', actions: 'orderWithdraw' },
              'user.destroy': { target: 'gone.doomed', actions: ['orderWithdraw', 'orderTick'] },
              'user.misused': { actions: 'tellMisuse' },
            },
          },
          attached: {
            id: 'attached',
            description: 'The socket is this request’s, connected or still connecting.',
            on: {
              'wire.head': [
                { guard: or(['isFinal', 'isInterim']) },
                { guard: 'isClaimed', target: 'parted', actions: ['orderLetGo', 'tellTakeover', 'tellClose'] },
                { target: 'gone.cut', actions: 'orderDestroy' },
              ],
              'wire.malformed': { target: 'gone.failed', actions: ['tellError', 'orderDestroy'] },
              'net.failed': [
                { guard: 'isRetriable', target: 'retrying' },
                { target: 'gone.failed', actions: 'tellError' },
              ],
              'net.ended': [
                { guard: 'isRetriable', target: 'retrying', actions: 'orderDestroy' },
                { guard: 'isUnanswered', target: 'gone.failed', actions: ['tellError', 'orderHangUp'] },
                { actions: 'orderHangUp' },
              ],
              'net.closed': [{ guard: 'isRetriable', target: 'unassigned', actions: 'orderRetry' }, ...closed],
              'net.timedOut': { actions: 'tellTimeout' },
              'answer.ended': [
                { guard: not('mayKeep'), actions: 'orderEndSoon' },
                { guard: 'isSent', target: 'released', actions: ['orderRelease', 'orderTick'] },
              ],
              'net.flushed': { guard: 'isRead', target: 'released', actions: ['orderRelease', 'orderTick'] },
              'user.abort': { target: 'gone.cut', actions: 'orderDestroy' },
              'user.destroy': { target: 'gone.cut', actions: 'orderDestroy' },
              'user.misused': { actions: 'tellMisuse' },
            },
          },
          retrying: {
            description: 'A reused socket died before a byte of an answer came; the request gets a fresh one.',
            on: {
              'net.closed': { target: 'unassigned', actions: 'orderRetry' },
              'user.abort': 'gone.withdrawn',
              'user.destroy': { target: 'gone.doomed', actions: 'orderTick' },
            },
          },
          released: {
            id: 'released',
            description: 'Request and answer are over; the socket is given back when this turn is.',
            on: {
              'clock.tick': { target: 'gone.closed', actions: ['tellClose', 'orderFree'] },
              'net.closed': { target: 'gone.closed', actions: 'tellClose' },
            },
          },
          parted: {
            description: 'The socket is somebody else’s; nothing of ours is left on it.',
            on: { 'user.destroy': { actions: 'orderDestroy' } },
          },
          gone: {
            id: 'gone',
            description: 'The request can’t leave any more.',
            initial: 'doomed',
            on: { 'net.attached': { actions: 'orderHandBack' } },
            states: {
              doomed: {
                description: 'Destroyed before it had a socket.',
                on: { 'clock.tick': { target: 'closed', actions: ['tellError', 'tellClose'] } },
              },
              withdrawn: {
                description: 'Aborted before it had a socket: that is no error.',
                on: { 'clock.tick': { target: 'closed', actions: 'tellClose' } },
              },
              cut: {
                id: 'cut',
                description: 'Destroyed; the socket is going. Behind an answer the error is the answer’s.',
                on: {
                  'net.failed': { guard: 'isUnanswered', target: 'failed', actions: 'tellError' },
                  'answer.ended': {
                    guard: and(['mayKeep', 'isSent']),
                    target: '#released',
                    actions: ['orderRelease', 'orderTick'],
                  },
                  'net.closed': closed,
                },
              },
              failed: {
                description: '‘error’ was told; the socket is going.',
                on: {
                  'answer.ended': {
                    guard: and(['mayKeep', 'isSent']),
                    target: '#released',
                    actions: ['orderRelease', 'orderTick'],
                  },
                  'net.closed': [
                    { guard: 'isCut', target: 'losing', actions: 'orderAbort' },
                    { target: 'closed', actions: 'tellClose' },
                  ],
                },
              },
              losing: {
                id: 'losing',
                description: 'The answer was cut; its reader is being told.',
                on: { 'answer.failed': { target: 'closed', actions: 'tellClose' } },
              },
              closed: { id: 'closed', description: '‘close’ was told.' },
            },
          },
        },
      },
      answer: {
        description: 'What has come of the answer.',
        initial: 'awaited',
        states: {
          awaited: {
            id: 'unanswered',
            description: 'The final answer hasn’t begun.',
            initial: 'head',
            states: {
              head: {
                description: 'A head is awaited.',
                on: {
                  'wire.continue': { actions: 'tellContinue' },
                  'wire.head': [
                    { guard: 'isInterim', target: 'interim', actions: 'tellInformation' },
                    { guard: not('isFinal'), target: '#over' },
                    { guard: 'isClaimed', target: '#reading', actions: 'tellResponse' },
                    { target: '#reading', actions: ['tellResponse', 'orderDump'] },
                  ],
                },
              },
              interim: {
                description: 'An interim answer: the final one follows (RFC 9110 §15.2).',
                on: { 'wire.complete': 'head' },
              },
            },
          },
          reading: {
            id: 'reading',
            description: 'The head of the answer is here; the answer isn’t whole.',
            on: {
              'wire.complete': 'complete',
              'answer.cancelled': 'over',
            },
          },
          complete: {
            description: 'The answer is whole; its reader hasn’t come to the end.',
            on: {
              // A second answer to one request: the peer is out of step (RFC 9112 §9.2).
              'wire.head': { actions: 'orderDestroy' },
              'answer.ended': [{ guard: 'mayKeep', target: 'read' }, { target: 'over' }],
              'answer.cancelled': 'over',
            },
          },
          read: { id: 'read', description: 'It was read to its end; the connection may be kept.' },
          over: { id: 'over', description: 'No more of it is wanted here.' },
        },
      },
      message: message('net.opened', [{ guard: 'isLeaving', target: 'finished', actions: 'tellFinish' }], {
        'user.head': 'streaming',
      }),
      flow,
    },
  });

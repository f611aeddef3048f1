/**
 * A client's request that can't leave any more, from there to its 'close': a state of its machine's line (request.ts).
 */
import { and } from 'xstate';

/** The socket is gone: that fails the request, cuts its answer, or is what was waited for. */
export const closed = [
  { guard: 'isAwaited', target: '#closed', actions: ['emitError', 'emitClose'] },
  { guard: 'isCut', target: '#losing', actions: 'orderAbort' },
  { target: '#closed', actions: 'emitClose' },
] as const;

export const gone = {
  id: 'gone',
  description: 'The request can’t leave any more.',
  initial: 'doomed',
  on: { 'net.attached': { actions: 'orderReturnSocket' }, 'user.end': { actions: 'orderFailEndCallbacks' } },
  states: {
    doomed: {
      id: 'doomed',
      description: 'Destroyed before it had a socket.',
      on: { 'clock.tick': { target: 'closed', actions: ['emitError', 'emitClose'] } },
    },
    withdrawn: {
      id: 'withdrawn',
      description: 'Aborted before it had a socket: that is no error, unless that socket fails meanwhile.',
      on: { 'net.refused': 'doomed', 'clock.tick': { target: 'closed', actions: 'emitClose' } },
    },
    cut: {
      id: 'cut',
      description: 'Destroyed; the socket is going. While an answer is coming, the error is the answer’s.',
      on: {
        'net.failed': { guard: 'mayFail', target: 'failed', actions: 'emitError' },
        'response.ended': {
          guard: and(['mayKeep', 'isOver']),
          target: '#released',
          actions: ['orderRelease', 'orderTick'],
        },
        'net.closed': closed,
      },
    },
    ceased: {
      id: 'ceased',
      description:
        'The answer said close before all was sent; the rest isn’t, and the socket is going (RFC 9112 §9.5).',
      on: { 'net.closed': { target: 'closed', actions: 'emitClose' } },
    },
    failed: {
      description: '‘error’ was told; the socket is going.',
      on: {
        'response.ended': {
          guard: and(['mayKeep', 'isOver']),
          target: '#released',
          actions: ['orderRelease', 'orderTick'],
        },
        'user.destroy': { actions: 'orderDestroy' },
        'net.closed': [
          { guard: 'isCut', target: 'losing', actions: 'orderAbort' },
          { target: 'closed', actions: 'emitClose' },
        ],
      },
    },
    losing: {
      id: 'losing',
      description: 'The answer was cut; its reader is being told.',
      on: { 'response.failed': { target: 'closed', actions: 'emitClose' } },
    },
    closed: { id: 'closed', description: '‘close’ was told.' },
  },
} as const;

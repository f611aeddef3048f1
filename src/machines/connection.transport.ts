/** The socket of a server's connection: a region of connection.ts. */
import { and, not } from 'xstate';

/** Inside the body of a request that has its response, after our FIN: its peer is not waited for any longer. */
const malformedLate = [
  { guard: and(['isInBody', 'hasListener']), actions: 'emitClientError' },
  { guard: 'isInBody', actions: 'orderFailure' },
] as const;

const expiredLate = [
  { guard: and(['isInBody', 'isWholeLate', 'hasListener']), actions: 'emitClientError' },
  { guard: and(['isInBody', 'isWholeLate']), actions: 'orderFailure' },
] as const;

export const transport = {
  description: 'The socket itself.',
  initial: 'open',
  on: {
    'net.timedOut': [{ guard: 'hasListener', actions: 'emitTimeout' }, { actions: ['emitTimeout', 'orderDestroy'] }],
    'net.closed': { target: '.closed', actions: 'orderAbandon' },
  },
  states: {
    open: {
      id: 'open',
      description: 'Both directions are open, or only ours.',
      on: {
        'wire.complete': { guard: 'isLate', actions: 'orderIdle' },
        'response.finished': [
          { guard: and(['isFinal', 'isDraining']), target: '#lingering', actions: 'orderEnd' },
          { guard: 'isFinal', target: 'leaving', actions: 'orderEnd' },
          { guard: and([not('hasMore'), not('hasBegunHead')]), actions: 'orderIdle' },
        ],
        'clock.polled': { guard: 'isParting', target: '#lingering', actions: 'orderEnd' },
        'net.ended': [{ guard: and(['isHalfOpen', 'isDue']) }, { target: '#lingering', actions: 'orderEnd' }],
        // What the peer waits for cannot be sent any more, and its own end would not be noticed.
        'net.finished': { guard: 'isWaitedFor', actions: 'orderDestroy' },
        'net.failed': 'failed',
      },
    },
    leaving: {
      description: 'Our side sends FIN once everything written was sent.',
      initial: 'settling',
      on: { 'wire.malformed': malformedLate, 'clock.expired': expiredLate },
      states: {
        settling: {
          description:
            'Our FIN follows the last response. Then the socket is closed, unless the peer is still sending.',
          on: {
            'net.finished': [{ guard: 'isSettled', actions: 'orderEndSoon' }, { actions: 'orderSettle' }],
            'clock.settled': [
              { guard: 'isSending', target: 'lingering', actions: 'orderLinger' },
              { actions: 'orderEndSoon' },
            ],
          },
        },
        lingering: {
          id: 'lingering',
          description: 'The peer is read until its own FIN: a reset would cost it the response (RFC 9112 §9.6).',
          on: { 'clock.lingered': { actions: 'orderEndSoon' } },
        },
      },
    },
    failed: { id: 'failed', description: 'The socket has failed.' },
    closed: { description: 'The socket is closed.' },
  },
} as const;

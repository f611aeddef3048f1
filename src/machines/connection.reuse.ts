/**
 * Whether another request may follow on a server's connection (RFC 9112 §9.3): a region of connection.ts.
 *
 * Rule 1: which response of a server that closes is the last of its connection is decided here. None that is due, or
 *         whose request has been read, is lost; what a head has said is kept to.
 */
import { and } from 'xstate';

const transient = { guard: and(['isListening', 'isTransient']), target: 'final' } as const;
const halfOpen = { guard: and(['isHalfOpen', 'isDue']), target: 'ending' } as const;

export const reuse = {
  description: 'Whether another request may follow (RFC 9112 §9.3).',
  initial: 'persistent',
  states: {
    persistent: {
      id: 'persistent',
      description: 'Another request may follow.',
      on: {
        'wire.head': transient,
        'response.last': 'final',
        'response.switched': 'switched',
        'server.closing': [
          { guard: and(['isOpenEnded', 'isReading']), target: 'final', actions: 'orderLast' },
          { guard: 'isFresh', target: 'looking', actions: 'orderPoll' },
          { target: 'closing' },
        ],
        'user.closeIdle': { guard: 'isKept', actions: 'orderDestroy' },
        'net.ended': halfOpen,
      },
    },
    closing: {
      id: 'closing',
      description: 'The server closes: the next request is the last, unless it is late.',
      on: {
        'wire.head': transient,
        'response.last': 'final',
        'response.switched': 'switched',
        'user.closeIdle': { guard: 'isKept', target: 'looking', actions: 'orderPoll' },
        'net.ended': halfOpen,
      },
    },
    looking: {
      description: 'The server closes, and nothing is due: a request may have come that isn’t read yet.',
      on: {
        'clock.polled': [{ guard: 'isUnused', actions: 'orderDestroy' }, { target: 'closing' }],
        'wire.head': [transient, { guard: 'isListening', target: 'closing' }],
      },
    },
    ending: {
      id: 'ending',
      description: 'The peer has said FIN: what is due is the last.',
      on: { 'response.last': 'final', 'response.switched': 'final' },
    },
    switched: { id: 'switched', description: 'A handler has said 101 itself: what follows is not HTTP.' },
    final: { id: 'final', description: 'A request or a response has said close, or is to say it.' },
  },
} as const;

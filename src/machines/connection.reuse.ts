/**
 * Whether another request may follow on a server's connection (RFC 9112 §9.3): a region of connection.ts.
 *
 * Rule 1: which response of a closing or draining server is the last of its connection is decided here. No response that is
 *         due, or whose request was read, is lost; what a head declared is kept.
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
          { guard: 'isFresh', target: 'polling', actions: 'orderPoll' },
          { target: 'closing' },
        ],
        'server.draining': [
          // What has begun gets its response, too.
          { guard: and(['isLastDue', 'isReading']), target: 'final', actions: 'orderLast' },
          { target: 'closing' },
        ],
        'user.closeIdle': { guard: 'isKept', actions: 'orderDestroy' },
        'net.ended': halfOpen,
      },
    },
    closing: {
      id: 'closing',
      description: 'The server closes or drains: the next request is the last, unless it is late.',
      on: {
        'wire.head': transient,
        'response.last': 'final',
        'response.switched': 'switched',
        'user.closeIdle': { guard: 'isKept', target: 'polling', actions: 'orderPoll' },
        'clock.unlimited': { guard: 'isKept', target: 'polling', actions: 'orderPoll' },
        'clock.rested': { guard: 'isUnused', target: 'polling', actions: 'orderPoll' },
        'net.ended': halfOpen,
      },
    },
    polling: {
      id: 'polling',
      description: 'The server closes or drains, and nothing is due: a request may have arrived that is not read yet.',
      on: {
        'clock.polled': [
          { guard: 'isParting', target: 'final' },
          { guard: 'isUnused', actions: 'orderDestroy' },
          { target: 'closing' },
        ],
        'wire.head': [transient, { guard: 'isListening', target: 'closing' }],
      },
    },
    ending: {
      id: 'ending',
      description: 'The peer has sent FIN: what is due is the last.',
      on: { 'response.last': 'final', 'response.switched': 'final' },
    },
    switched: { id: 'switched', description: 'The program has responded with 101 itself: what follows is not HTTP.' },
    final: { id: 'final', description: 'A request or a response contains `Connection: close`, or will.' },
  },
} as const;

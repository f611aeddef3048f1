/** The responses of a server's connection, in the order of their requests: a region of connection.ts. */
import { and, not, or } from 'xstate';

export const responses = {
  description: 'Whether a response is due, and which one has the socket.',
  initial: 'none',
  states: {
    none: {
      description: 'Every request that was read has its response.',
      on: { 'wire.head': { guard: and(['isListening', not('isLeaving')]), target: 'due' } },
    },
    due: {
      id: 'due',
      description: 'At least one response is due.',
      on: {
        'response.finished': [
          { guard: not('hasMore'), target: 'none' },
          // After our FIN nothing is sent.
          { guard: and([not(or(['isLast', 'isSwitching'])), 'isOpen']), actions: 'orderAttach' },
        ],
      },
    },
  },
} as const;

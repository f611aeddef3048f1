/** Whether a server's socket is read: a region of connection.ts. */
import { and, not, or } from 'xstate';

export const gate = {
  description: 'Whether the socket is read (back-pressure of the pipeline).',
  initial: 'open',
  states: {
    open: {
      description: 'The socket is read.',
      on: {
        'wire.head': { guard: or(['isCrowded', 'isQueued']), target: 'shut', actions: 'orderPause' },
        'net.excess': {
          guard: and(['isMuch', not('isSwitched'), not('isLingering')]),
          target: 'flooded',
          actions: 'orderPause',
        },
      },
    },
    shut: {
      id: 'shut',
      description: 'The peer waits: too many responses are due, or the protocol changes after those that are.',
      on: { 'response.finished': { guard: or([not('isHeld'), 'isLast']), target: 'open', actions: 'orderResume' } },
    },
    flooded: {
      description: 'The peer sends much that nobody processes. It waits a while: only by reading is its end noticed.',
      on: {
        'clock.cooled': { target: 'open', actions: 'orderResume' },
        'clock.settled': { target: 'open', actions: 'orderResume' },
      },
    },
  },
} as const;

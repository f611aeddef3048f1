/** A server that drains, as its connection sees it: a region of connection.ts. */
import { and, not } from 'xstate';

export const drain = {
  description: 'Whether the server drains.',
  initial: 'off',
  states: {
    off: {
      description: 'It does not.',
      on: { 'server.draining': [{ guard: 'isUnused', target: 'on', actions: 'orderIdle' }, { target: 'on' }] },
    },
    on: {
      id: 'draining',
      description: 'Its responses are counted, and after our FIN the peer is read until its own.',
      on: {
        'response.finished': { actions: 'orderCount' },
        'server.cutting': [
          { guard: not('isOwed'), target: 'over', actions: 'orderDestroy' },
          { guard: and(['isUnsent', not('isRefused')]), target: 'over', actions: 'orderTurnAway' },
          { target: 'over', actions: 'orderCut' },
        ],
      },
    },
    over: { description: 'The server waits no longer, and the socket is destroyed.' },
  },
} as const;

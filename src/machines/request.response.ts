/**
 * What has come of the response to a client's request: a region of request.ts. When 'continue', 'information' and 'response'
 * may fire is decided here.
 */
export const response = {
  description: 'What has come of the response.',
  initial: 'awaited',
  states: {
    awaited: {
      id: 'awaited',
      description: 'The final response has not begun.',
      initial: 'head',
      states: {
        head: {
          description: 'A head is awaited.',
          on: {
            'wire.continue': { actions: 'emitContinue' },
            'wire.head': [
              { guard: 'isInterim', target: 'interim', actions: 'emitInformation' },
              { guard: 'leavesHttp', target: '#over' },
              { guard: 'hasListener', target: '#reading', actions: ['orderReceive', 'emitResponse'] },
              { target: '#reading', actions: ['orderReceive', 'emitResponse', 'orderDump'] },
            ],
          },
        },
        interim: {
          description: 'An interim response: the final one follows (RFC 9110 §15.2).',
          on: { 'wire.complete': 'head' },
        },
      },
    },
    reading: {
      id: 'reading',
      description: 'Its head has come, and perhaps a part of its body.',
      on: {
        'wire.complete': [
          { guard: 'isUnread', target: 'complete', actions: 'orderAwaitReader' },
          { target: 'complete' },
        ],
        'response.cancelled': 'cancelled',
      },
    },
    complete: {
      id: 'whole',
      description: 'It is whole; its reader has not come to the end.',
      on: {
        // A second response to one request: the peer is out of step (RFC 9112 §9.2).
        'wire.head': { target: 'over', actions: 'orderDestroy' },
        'response.ended': [{ guard: 'mayKeep', target: 'read' }, { target: 'over' }],
        'response.cancelled': 'cancelled',
      },
    },
    read: {
      id: 'read',
      description: 'It was read to its end; the connection may be kept.',
      on: {
        'wire.head': { target: 'over', actions: 'orderDestroy' },
        'user.miscounted': 'spoiled',
      },
    },
    spoiled: {
      id: 'spoiled',
      description:
        'It was read to its end; the connection closes once the request is sent, which has miscounted its body.',
      on: { 'wire.head': { target: 'over', actions: 'orderDestroy' } },
    },
    cancelled: { id: 'cancelled', description: 'Its reader was destroyed, and the socket with it.' },
    over: { id: 'over', description: 'Nothing more of it is wanted.' },
  },
} as const;

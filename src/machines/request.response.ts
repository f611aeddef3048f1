/**
 * What has come of the answer to a client's request: a region of its machine (request.ts). When 'continue', 'information'
 * and 'response' may fire is decided here.
 */
export const response = {
  description: 'What has come of the answer.',
  initial: 'awaited',
  states: {
    awaited: {
      id: 'awaited',
      description: 'The final answer hasn’t begun.',
      initial: 'head',
      states: {
        head: {
          description: 'A head is awaited.',
          on: {
            'wire.continue': { actions: 'emitContinue' },
            'wire.head': [
              { guard: 'isInterim', target: 'interim', actions: 'emitInformation' },
              { guard: 'leavesHttp', target: '#over' },
              { guard: 'hasListener', target: '#reading', actions: 'emitResponse' },
              { target: '#reading', actions: ['emitResponse', 'orderDump'] },
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
        'wire.complete': [
          { guard: 'isUnread', target: 'complete', actions: 'orderAwaitReader' },
          { target: 'complete' },
        ],
        'response.cancelled': 'cancelled',
      },
    },
    complete: {
      id: 'whole',
      description: 'The answer is whole; its reader hasn’t come to the end.',
      on: {
        // A second answer to one request: the peer is out of step (RFC 9112 §9.2).
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
        'It was read to its end; the request has spoiled the connection, which closes when the request is out.',
      on: { 'wire.head': { target: 'over', actions: 'orderDestroy' } },
    },
    cancelled: { id: 'cancelled', description: 'Its reader was destroyed, and the socket with it.' },
    over: { id: 'over', description: 'No more of it is wanted here.' },
  },
} as const;

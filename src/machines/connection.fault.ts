/** The peer of a server's connection is at fault: states of connection.ts. */
import { and, not, or } from 'xstate';

/**
 * Faults are judged in turn: earlier requests get their responses first, unless the socket has failed. Then the program gets
 * 'clientError', or the peer a 4xx while one can be sent, or the connection ends. A FIN inside a message that follows others
 * is handled as a FIN.
 */
export const faulty = {
  description: 'The peer is at fault.',
  initial: 'judged',
  states: {
    judged: {
      description: 'Who handles it is decided.',
      entry: 'orderStopDeadlines',
      always: [
        { guard: and(['isTruncated', 'hasListener']), target: '#ignoring', actions: 'emitClientError' },
        { guard: or(['isTruncated', 'isTransportClosing']), target: '#ignoring' },
        {
          guard: and(['isPreceded', not('hasFailed')]),
          target: 'waiting',
          actions: ['orderHoldFault', 'orderTruncate', 'orderIgnore'],
        },
        { guard: 'hasListener', target: 'refused', actions: 'emitClientError' },
        { guard: 'isUnsent', target: 'refused', actions: 'orderRefusal' },
        { target: 'refused', actions: 'orderFailure' },
      ],
    },
    waiting: {
      description: 'A fault waits for the responses before it.',
      on: {
        'response.finished': [{ guard: 'isOpen', actions: 'orderReportFault' }, { target: '#ignoring' }],
        'response.unblocked': 'judged',
      },
    },
    refused: {
      id: 'refused',
      description: 'The peer is refused, and not read any more.',
      on: { 'net.failed': {}, 'wire.malformed': { guard: 'hasListener', actions: 'emitClientError' } },
    },
  },
} as const;

/** The peer of a server's connection is at fault (connection.ts). */
import { and, not, or } from 'xstate';

/**
 * In its turn: what came before is answered first, unless the socket has failed. Then it is the programmer's affair, or gets
 * a 4xx while one may be sent, or the end. FIN inside a message that is behind others gets what they get.
 */
export const faulty = {
  description: 'The peer is at fault.',
  initial: 'judged',
  states: {
    judged: {
      description: 'Who is to answer is decided.',
      always: [
        { guard: and(['isCut', 'hasListener']), target: '#ignoring', actions: 'emitClientError' },
        { guard: or(['isCut', 'isTransportClosing']), target: '#ignoring' },
        { guard: and(['isPreceded', not('hasFailed')]), target: 'waiting', actions: ['orderTruncate', 'orderIgnore'] },
        { guard: 'hasListener', target: 'refused', actions: 'emitClientError' },
        { guard: 'isUnsent', target: 'refused', actions: 'orderRefusal' },
        { target: 'refused', actions: 'orderFailure' },
      ],
    },
    waiting: {
      description: 'A fault waits for the answers before it.',
      on: {
        'response.finished': [{ guard: 'isOpen', actions: 'orderReportFault' }, { target: '#ignoring' }],
        'wire.malformed': 'judged',
      },
    },
    refused: {
      id: 'refused',
      description: 'The peer is refused, and not read any more.',
      on: { 'net.failed': {}, 'wire.malformed': { guard: 'hasListener', actions: 'emitClientError' } },
    },
  },
} as const;

/** In the body of a request that was answered, behind our FIN: its peer is not waited for any longer. */
export const late = [
  { guard: and(['isInBody', 'hasListener']), actions: 'emitClientError' },
  { guard: 'isInBody', actions: 'orderFailure' },
] as const;

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
        { guard: and(['isCut', 'isHeard']), target: '#deaf', actions: 'tellClientError' },
        { guard: or(['isCut', 'isUnheard']), target: '#deaf' },
        { guard: and(['isBehind', not('hasFailed')]), target: 'poisoned', actions: ['orderCut', 'orderDeafness'] },
        { guard: 'isHeard', target: 'refused', actions: 'tellClientError' },
        { guard: 'isBlank', target: 'refused', actions: 'orderRefusal' },
        { target: 'refused', actions: 'orderFailure' },
      ],
    },
    poisoned: {
      description: 'A fault waits for the answers before it.',
      on: {
        'answer.finished': [{ guard: 'isOpen', actions: 'orderRecall' }, { target: '#deaf' }],
        'wire.malformed': 'judged',
      },
    },
    refused: {
      id: 'refused',
      description: 'The peer is refused, and not read any more.',
      on: { 'net.failed': {}, 'wire.malformed': { guard: 'isHeard', actions: 'tellClientError' } },
    },
  },
} as const;

/** In the body of a request that was answered, behind our FIN: its peer is not waited for any longer. */
export const late = [
  { guard: and(['isInBody', 'isHeard']), actions: 'tellClientError' },
  { guard: 'isInBody', actions: 'orderFailure' },
] as const;

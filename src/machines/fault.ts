/** What becomes of a peer at fault: regions of a server's connection (connection.ts) take it from here. */
import { and, not } from 'xstate';

/** It waits its turn; then it is the programmer's affair, or gets a 4xx while one may be sent, or the end. */
export const refusal = [
  { guard: not('isOpen'), target: '#deaf' },
  { guard: 'isBehind', target: '#poisoned' },
  { guard: 'isHeard', target: '#refused', actions: 'tellClientError' },
  { guard: 'isBlank', target: '#refused', actions: 'orderRefusal' },
  { target: '#refused', actions: 'orderFailure' },
] as const;

/** In the body of a request that was answered, behind our FIN: its peer is not waited for any longer. */
export const late = [
  { guard: and(['isInBody', 'isHeard']), actions: 'tellClientError' },
  { guard: 'isInBody', actions: 'orderFailure' },
] as const;

/** What becomes of a peer at fault: regions of a server's connection (connection.ts) take it from here. */
import { and, not } from 'xstate';

const unheard = { guard: not('isOpen'), target: '#deaf' } as const;
const verdict = [
  { guard: 'isHeard', target: '#refused', actions: 'tellClientError' },
  { guard: 'isBlank', target: '#refused', actions: 'orderRefusal' },
  { target: '#refused', actions: 'orderFailure' },
] as const;

/** It is the programmer's affair, or gets a 4xx while one may be sent, or the end. */
export const failure = [unheard, ...verdict] as const;

/** The same, in its turn: what came before is answered first. */
export const refusal = [unheard, { guard: 'isBehind', target: '#poisoned' }, ...verdict] as const;

/** In the body of a request that was answered, behind our FIN: its peer is not waited for any longer. */
export const late = [
  { guard: and(['isInBody', 'isHeard']), actions: 'tellClientError' },
  { guard: 'isInBody', actions: 'orderFailure' },
] as const;

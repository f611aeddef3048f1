/** Reasons why the host goes another way that are no rows of docs/differences-from-node.md. */

/** An option that only statewire has. */
export const OWN = 'own';

/** Found by a walk, and not decided: the host is to be followed, or the difference becomes a row. */
export const OPEN = 'open';

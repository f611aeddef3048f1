/** Reasons why the host goes another way that are no rows of docs/differences-from-node.md. */

/** An option that only statewire has. */
export const OWN = 'own';

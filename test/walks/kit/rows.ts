/** Reasons for different behaviour of the host that are not rows of docs/differences-from-node.md. */

/** An option that only statewire has. */
export const OWN = 'own';

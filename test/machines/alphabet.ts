/** The events that each machine can receive. */
export { alphabets } from '../../src/testing/alphabet.js';

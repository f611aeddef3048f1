/** What each machine can be told. */
export { alphabets } from '../../src/testing/alphabet.js';

/**
 * What a request expects of the server before it sends its content (RFC 9110 §10.1.1).
 */

export type Expectation = 'none' | 'continue' | 'other';

/** As in Node, the word may be anywhere in the value: in a list, in quotes, and next to a hyphen. */
const continueWord = /\b100-continue\b/i;

/**
 * @param value the value of the Expect field, its lines joined by ", "; undefined if there is none
 * @returns 'other' for an expectation that can't be met, including an empty one. A server ignores all expectations of a
 * request before HTTP/1.1.
 */
export function expectationOf(value: string | undefined): Expectation {
  if (value === undefined) return 'none';
  return continueWord.test(value) ? 'continue' : 'other';
}

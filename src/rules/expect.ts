/**
 * What a request expects of the server before it sends its content (RFC 9110 §10.1.1).
 */

export type Expectation = 'none' | 'continue' | 'other';

/** Node looks for the word anywhere in the value: in a list, in quotes, and next to a hyphen. */
const continueWord = /\b100-continue\b/i;

/**
 * @param value of the Expect field, its lines joined by ", "; undefined when there is none
 * @returns 'other' for an expectation that can't be met, an empty one included. A server passes over all of them
 * in a request before HTTP/1.1.
 */
export function expectationOf(value: string | undefined): Expectation {
  if (value === undefined) return 'none';
  return continueWord.test(value) ? 'continue' : 'other';
}

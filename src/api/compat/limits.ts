/** Limits, as a program may set them. */

/**
 * A limit that a program has set, at any time and to anything: what is no number above 0 is none, as in Node.
 * @returns 0 for none
 */
export function limitOf(value: unknown): number {
  const limit = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : 0;
  return Number.isNaN(limit) ? 0 : Math.max(limit, 0);
}

/** What `maxHeadersCount` of a server or a request says; 0 for no limit. */
export function headersLimit(value: unknown): number {
  return typeof value === 'number' ? limitOf(value) : 2000;
}

/** What the host's timers can count, in milliseconds. */
export const longestDuration = 2 ** 31 - 1;

/** As `limitOf`, in milliseconds: what is longer than a timer counts is as long as it counts. */
export function durationOf(value: unknown): number {
  return Math.min(limitOf(value), longestDuration);
}

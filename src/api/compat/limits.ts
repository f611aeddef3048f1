/** Limits that a program may set. */

/**
 * A limit that a program may have set at any time, and to anything: only a number above 0 is a limit, as in Node.
 * @returns 0 for no limit
 */
export function limitOf(value: unknown): number {
  const limit = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : 0;
  return Number.isNaN(limit) ? 0 : Math.max(limit, 0);
}

/** The limit in `maxHeadersCount` of a server or a request; 0 for no limit. */
export function headersLimit(value: unknown): number {
  return typeof value === 'number' ? limitOf(value) : 2000;
}

/** The longest delay of the host's timers, in milliseconds. */
export const longestDuration = 2 ** 31 - 1;

/** As `limitOf`, in milliseconds, capped at the longest delay of a timer. */
export function durationOf(value: unknown): number {
  return Math.min(limitOf(value), longestDuration);
}

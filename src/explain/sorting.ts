import type { Explanation } from './explanation.js';

/** In ms. */
export function longest({ waits }: Explanation): number {
  let most = 0;
  for (const { since = 0 } of waits) if (since > most) most = since;
  return most;
}

/**
 * The longest wait first. What is sorted are numbers that contain a wait, in whole ms, and an index: that calls nothing.
 * @param waits that of each line, as `longest` has it
 */
export function sorted(lines: readonly Explanation[], waits: readonly number[]): Explanation[] {
  const { length } = lines;
  const keys = new Float64Array(length);
  for (let index = 0; index < length; index++) keys[index] = Math.floor(waits[index]!) * length + length - 1 - index;
  const found: Explanation[] = [];
  for (const key of keys.sort().reverse()) found.push(lines[length - 1 - (key % length)]!);
  return found;
}

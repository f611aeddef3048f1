/** Compares a log with an order. */
import type { Line } from './stage.js';

const isAnyNumber = (line: Line): boolean => line.endsWith('*');

/** Whether a log keeps an order. Lines that stand for any number may be missing. */
export function keeps(log: readonly Line[], order: readonly Line[]): boolean {
  let at = 0;
  for (const line of order) {
    if (log[at] === line) at++;
    else if (!isAnyNumber(line)) return false;
  }
  return at === log.length;
}

/**
 * Merges both to one list, by their longest common subsequence. `-` marks a line that is missing from the log, `+` one that the
 * order doesn't have there.
 */
export function differences(order: readonly Line[], log: readonly Line[]): string[] {
  const common = commonLengths(order, log);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < order.length || j < log.length) {
    if (i < order.length && order[i] === log[j]) {
      lines.push(`    ${order[i]}`);
      i++;
      j++;
    } else if (j === log.length || (i < order.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push(`  - ${order[i++]}`);
    } else lines.push(`  + ${log[j++]}`);
  }
  return lines;
}

/** For each pair of positions, the length of the longest common subsequence of the rests. */
function commonLengths(a: readonly Line[], b: readonly Line[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i]![j] = a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
    }
  }
  return table;
}

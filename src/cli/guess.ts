/** What somebody has meant who wrote a name that doesn't exist. */
import { Misuse } from './world.js';

/** `; did you mean 'connection'?`, or an empty text. */
export function guess(given: string, names: readonly string[]): string {
  const found = nearest(given, names);
  return found === undefined ? '' : `; did you mean '${found}'?`;
}

/** `unknown shell 'fihs'; did you mean 'fish'?`, and all that there are. */
export function unknown(kind: string, given: string, names: readonly string[]): Misuse {
  return new Misuse(`unknown ${kind} '${given}'${guess(given, names)}\nThe ${kind}s are: ${names.join(', ')}`);
}

/** The first of the names that are most like it, if one is. */
function nearest(given: string, names: readonly string[]): string | undefined {
  const written = given.toLowerCase();
  const found = names
    .map((name) => ({ name, away: distance(written, name.toLowerCase()) }))
    .filter(({ name, away }) => away <= Math.max(1, name.length / 3) || isBeginning(written, name.toLowerCase()))
    .sort((one, other) => one.away - other.away);
  return found[0]?.name;
}

const isBeginning = (written: string, name: string): boolean => written.length > 1 && name.startsWith(written);

/** How many letters have to be added, removed, changed, or swapped with the next. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwapped) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[other.length]!;
}

/** A share of `npm run simulate:mutants`. */
import { describe, expect, it } from 'vitest';
// @ts-expect-error: no types
import { changed, judge } from './mutants-judge.mjs';
// @ts-expect-error: no types
import { mutants } from './mutants-list.mjs';

interface Mutant {
  readonly file: string;
  readonly what: string;
}

describe('a mutant of a host', () => {
  it.each((mutants as readonly Mutant[]).map((mutant, at) => ({ ...mutant, number: at + 1 })))(
    'applies to the sources: $number. $what',
    (mutant) => {
      expect(() => changed(mutant)).not.toThrow();
    },
  );

  // Those that are noticed first.
  it.each([3, 6, 14, 19, 23, 33])('is noticed: %i', async (number) => {
    expect(await judge(number, 2)).toBeTypeOf('string');
  });
});

/** A share of `npm run simulate:mutants`. */
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
// @ts-expect-error It is JavaScript without declarations.
import { changed, judge } from './mutants-judge.mjs';
// @ts-expect-error As above.
import { mutants } from './mutants-list.mjs';

interface Mutant {
  readonly file: string;
  readonly what: string;
}

describe('a mutant of a host', () => {
  it.each((mutants as readonly Mutant[]).map((mutant, at) => ({ ...mutant, number: at + 1 })))(
    'applies to the sources: $number. $what',
    async (mutant) => {
      const { warnings } = await transform(changed(mutant), { loader: 'ts' });
      expect(warnings).toEqual([]);
    },
  );

  // Of each host one that is noticed soon.
  it.each([2, 15, 22, 33, 44, 50])('is noticed: %i', async (number) => {
    expect(await judge(number, 1)).toBeTypeOf('string');
  });
});

/** The types of endings. The compiler checks this: `npm run types`. */
import { describe, expectTypeOf, it } from 'vitest';
import type { ClientRequest, Ending, ErrorHistory, ServerResponse } from '../../src/index.js';

describe('an ending', () => {
  it('is a member of what a program sends', () => {
    expectTypeOf<ServerResponse['ending']>().toEqualTypeOf<Ending | undefined>();
    expectTypeOf<ClientRequest['ending']>().toEqualTypeOf<Ending | undefined>();
  });

  it('has a code of two letters', () => {
    expectTypeOf<'PW'>().toExtend<Ending['code']>();
    expectTypeOf<'--'>().toExtend<Ending['code']>();
    // @ts-expect-error: there is no such code
    expectTypeOf<'XW'>().toExtend<Ending['code']>();
    expectTypeOf<ErrorHistory['changes'][number]['before']>().toEqualTypeOf<number>();
  });
});

/** What `tap` and `watch` take. */
import { describe, expect, it } from 'vitest';
import { tap, watch } from '../../src/index.js';

const refused = (call: () => unknown) =>
  expect(call).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));

describe('at the call', () => {
  it.each([undefined, null, {}, 'listener', 1])('tap(%o) is refused', (listener) => {
    refused(() => tap(listener as never));
  });

  it.each([undefined, null, {}, [], () => {}, { inspect: undefined }, { inspect: null }, { inspect: 'x' }])(
    'watch(%o) is refused',
    (options) => {
      refused(() => watch(options as never));
    },
  );

  it('names the argument', () => {
    expect(() => tap(undefined as never)).toThrow(
      'The "listener" argument must be of type function. Received undefined',
    );
    expect(() => watch({} as never)).toThrow(
      'The "options.inspect" property must be of type function or object. Received undefined',
    );
  });

  it('takes a function, and an observer', () => {
    tap(() => {})();
    watch({ inspect: () => {} })();
    watch({ inspect: {} })();
  });
});

/** The arguments of `tap` and `watch`. */
import { describe, expect, it } from 'vitest';
import { tap, watch } from '../../src/index.js';

const expectRejected = (call: () => unknown) =>
  expect(call).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));

describe('an argument', () => {
  it.each([undefined, null, {}, 'listener', 1])('of tap(%o) is rejected', (listener) => {
    expectRejected(() => tap(listener as never));
  });

  it.each([undefined, null, {}, [], () => {}, { inspect: undefined }, { inspect: null }, { inspect: 'x' }])(
    'of watch(%o) is rejected',
    (options) => {
      expectRejected(() => watch(options as never));
    },
  );

  it('is named by the error', () => {
    expect(() => tap(undefined as never)).toThrow(
      'The "listener" argument must be of type function. Received undefined',
    );
    expect(() => watch({} as never)).toThrow(
      'The "options.inspect" property must be of type function or object. Received undefined',
    );
  });

  it('can be a function or an observer', () => {
    tap(() => {})();
    watch({ inspect: () => {} })();
    watch({ inspect: {} })();
  });
});

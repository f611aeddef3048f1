/** `tap` and `watch` of the engine, with validated arguments. */
import * as taps from '../../engine/tap.js';
import * as watchers from '../../engine/watched.js';
import { invalidArgType } from '../compat/errors.js';
import { validateFunction, validateObject } from '../compat/validate.js';

/**
 * Calls `listener` after each transition and before its emissions are delivered.
 *
 * What a listener throws is thrown again from a microtask.
 *
 * @returns stops listening
 * @throws ERR_INVALID_ARG_TYPE
 */
export function tap(listener: taps.TapListener): () => void {
  validateFunction(listener, 'listener');
  return taps.tap(listener);
}

/**
 * Makes the actors that start from now on (of connections, requests, responses …) run in XState's own interpreter and report
 * to `inspect`: for XState's inspectors. It behaves like the tables, about a hundred times slower.
 *
 * What `inspect` throws is thrown again from a microtask.
 *
 * @returns stops this for actors that start later
 * @throws ERR_INVALID_ARG_TYPE
 */
export function watch(options: watchers.WatchOptions): () => void {
  validateObject(options, 'options');
  const { inspect } = options;
  if (typeof inspect !== 'function' && (typeof inspect !== 'object' || inspect === null)) {
    throw invalidArgType('options.inspect', ['function', 'object'], inspect);
  }
  return watchers.watch(options);
}

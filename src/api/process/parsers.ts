import { setMaxIdleParsers } from '../../io/llhttp.js';
import { validateInteger } from '../compat/validate.js';

/**
 * Sets how many idle parsers are kept for later connections. Default 1000.
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 */
export function setMaxIdleHTTPParsers(max: number): void {
  validateInteger(max, 'max', 1);
  setMaxIdleParsers(max);
}

/** How strictly incoming messages are parsed. Source: Node's documentation of `http.createServer`, as of Node 24. */
import type { Leniency } from '../../io/llhttp.js';
import { invalidArgValue } from '../compat/errors.js';
import { validateBoolean, validateOneOf } from '../compat/validate.js';
import { insecureByFlag } from './flags.js';

const validations = ['strict', 'relaxed', 'insecure'] as const;

export type HttpValidation = (typeof validations)[number];

export interface StrictnessOptions {
  /**
   * 'relaxed' accepts control characters in values, except NUL, and folded values; 'insecure' is `insecureHTTPParser: true`.
   * Excludes `insecureHTTPParser`. Default: 'strict', or as the process's flag.
   */
  httpValidation?: HttpValidation | undefined;
  /** Accept violations of RFC 9112 that were once in use. Default: as the process's flag. */
  insecureHTTPParser?: boolean | undefined;
}

/** @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE */
export function validateStrictness({ httpValidation, insecureHTTPParser }: StrictnessOptions): void {
  if (insecureHTTPParser !== undefined) validateBoolean(insecureHTTPParser, 'options.insecureHTTPParser');
  if (httpValidation === undefined) return;
  validateOneOf(httpValidation, 'options.httpValidation', validations);
  if (insecureHTTPParser === undefined) return;
  const reason = 'cannot be used together with options.insecureHTTPParser';
  throw invalidArgValue('options.httpValidation', httpValidation, reason);
}

/** The leniency of the parser. */
export function leniencyOf({ httpValidation, insecureHTTPParser }: StrictnessOptions): Leniency {
  if (httpValidation === undefined) return insecureHTTPParser ?? insecureByFlag();
  return httpValidation === 'relaxed' ? 'values' : httpValidation === 'insecure';
}

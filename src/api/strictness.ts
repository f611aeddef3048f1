/** How strictly is read what comes in. Source: Node's documentation of `http.createServer`, as of Node 24. */
import { invalidArgValue } from './compat/errors.js';
import { validateBoolean, validateOneOf } from './compat/validate.js';

const validations = ['strict', 'relaxed', 'insecure'] as const;

export interface StrictnessOptions {
  /**
   * 'insecure' is `insecureHTTPParser: true`; 'strict' is false, and so is 'relaxed', by which Node reads control
   * characters in values. Not to be given with `insecureHTTPParser`.
   */
  httpValidation?: (typeof validations)[number] | undefined;
  /** Read what breaks RFC 9112 in ways that were in use once. Default: as the process's flag. */
  insecureHTTPParser?: boolean | undefined;
}

/**
 * What either option says of `insecureHTTPParser`; undefined for the process's flag.
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function isInsecure({ httpValidation, insecureHTTPParser }: StrictnessOptions): boolean | undefined {
  if (insecureHTTPParser !== undefined) validateBoolean(insecureHTTPParser, 'options.insecureHTTPParser');
  if (httpValidation === undefined) return insecureHTTPParser;
  validateOneOf(httpValidation, 'options.httpValidation', validations);
  if (insecureHTTPParser === undefined) return httpValidation === 'insecure';
  const reason = 'cannot be used together with options.insecureHTTPParser';
  throw invalidArgValue('options.httpValidation', httpValidation, reason);
}

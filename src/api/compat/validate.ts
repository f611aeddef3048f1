/**
 * The checks that Node's http applies to its arguments, in its order and with its errors (documented as the errors
 * ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_INVALID_HTTP_TOKEN and ERR_INVALID_CHAR).
 * Each throws an error of `errors.ts`, with a stack that begins at the caller.
 */

import { constants } from 'node:os';
import { hasInvalidValueChar, isToken } from '../../rules/fields.js';
import {
  type CodedError,
  hideFrames,
  invalidArgType,
  invalidArgValue,
  invalidChar,
  invalidHeaderValue,
  invalidHttpToken,
  outOfRange,
} from './errors.js';
import { longestDuration } from './limits.js';

function refuse(validator: (...args: never[]) => unknown, error: CodedError): never {
  throw hideFrames(error, validator);
}

/** `http.validateHeaderName`: throws ERR_INVALID_HTTP_TOKEN. `label` begins the message. */
export function validateHeaderName(name: unknown, label?: unknown): asserts name is string {
  if (typeof name !== 'string' || !isToken(name)) {
    refuse(validateHeaderName, invalidHttpToken(label || 'Header name', name));
  }
}

/** `http.validateHeaderValue`: throws ERR_HTTP_INVALID_HEADER_VALUE for undefined, ERR_INVALID_CHAR otherwise. */
export function validateHeaderValue(name: unknown, value: unknown): void {
  if (value === undefined) refuse(validateHeaderValue, invalidHeaderValue(value, name));
  if (hasInvalidValueChar(typeof value === 'string' ? value : `${value}`)) {
    refuse(validateHeaderValue, invalidChar('header content', name));
  }
}

/** Not null, an array or a function. */
export function validateObject(value: unknown, name: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(validateObject, invalidArgType(name, 'object', value));
  }
}

/** Options that only statewire has: an object with none but these. node:http ignores those that it doesn't know. */
export function validateOptions<Options extends object>(
  options: Options,
  names: readonly (keyof Options & string)[],
  called = 'options',
): void {
  validateObject(options, called);
  const unknown = Object.keys(options).find((name) => !names.includes(name as keyof Options & string));
  if (unknown === undefined) return;
  const reason = `is not one of ${names.join(', ')}`;
  refuse(validateOptions, invalidArgValue(`${called}.${unknown}`, Reflect.get(options, unknown), reason));
}

export function validateArray(value: unknown, name: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) refuse(validateArray, invalidArgType(name, 'Array', value));
}

export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') refuse(validateBoolean, invalidArgType(name, 'boolean', value));
}

export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') refuse(validateString, invalidArgType(name, 'string', value));
}

export function validateFunction(value: unknown, name: string): asserts value is (...args: never[]) => unknown {
  if (typeof value !== 'function') refuse(validateFunction, invalidArgType(name, 'function', value));
}

/** Anything that can be compared to a number. */
export function validateComparable(value: unknown, name: string): void {
  if (typeof value === 'symbol') refuse(validateComparable, invalidArgType(name, 'number', value));
}

/** Bounds are inclusive. NaN is out of any range. */
export function validateNumber(value: unknown, name: string, min?: number, max?: number): asserts value is number {
  if (typeof value !== 'number') refuse(validateNumber, invalidArgType(name, 'number', value));
  const bounds: string[] = [];
  if (min !== undefined) bounds.push(`>= ${min}`);
  if (max !== undefined) bounds.push(`<= ${max}`);
  if (bounds.length === 0) return;
  if (!(value >= (min ?? value) && value <= (max ?? value))) {
    refuse(validateNumber, outOfRange(name, bounds.join(' && '), value));
  }
}

/** Bounds are inclusive; by default those of the safe integers. */
export function validateInteger(
  value: unknown,
  name: string,
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value !== 'number') refuse(validateInteger, invalidArgType(name, 'number', value));
  if (!Number.isInteger(value)) refuse(validateInteger, outOfRange(name, 'an integer', value));
  if (value < min || value > max) refuse(validateInteger, outOfRange(name, `>= ${min} && <= ${max}`, value));
}

export function validateOneOf<T>(value: unknown, name: string, allowed: readonly T[]): asserts value is T {
  if (allowed.includes(value as T)) return;
  const list = allowed.map((item) => (typeof item === 'string' ? `'${item}'` : String(item))).join(', ');
  refuse(validateOneOf, invalidArgValue(name, value, `must be one of: ${list}`));
}

/** The name of a signal that this system has. */
export function validateSignal(name: unknown): asserts name is NodeJS.Signals {
  const isKnown = typeof name === 'string' && Object.hasOwn(constants.signals, name);
  if (!isKnown) refuse(validateSignal, invalidArgValue('signal', name, 'must be the name of a signal'));
}

/** An option that is true, false or 'node': as in node:http. It is refused with the error of a boolean. */
export function validateFlagOrNode(value: unknown, name: string): asserts value is boolean | 'node' {
  if (typeof value !== 'string') validateBoolean(value, name);
  else if (value !== 'node') refuse(validateFlagOrNode, invalidArgType(name, ['boolean', "'node'"], value));
}

/** A timeout in milliseconds: finite and not negative. One that is too long is cut, with a TimeoutOverflowWarning. */
export function validateDuration(value: unknown, name: string): number {
  if (typeof value !== 'number') refuse(validateDuration, invalidArgType(name, 'number', value));
  if (!(value >= 0 && Number.isFinite(value))) {
    refuse(validateDuration, outOfRange(name, 'a non-negative finite number', value));
  }
  if (value <= longestDuration) return value;
  const warning =
    `${value} does not fit into a 32-bit signed integer.\n` + `Timer duration was truncated to ${longestDuration}.`;
  process.emitWarning(warning, 'TimeoutOverflowWarning');
  return longestDuration;
}

const linkExample = '"</styles.css>; rel=preload; as=style"';
const link = /^<[^>\r\n]*>(?:\s*;\s*[^;"\s]+(?:="[^;"\s]*")?)*$/;

/**
 * The `link` of `response.writeEarlyHints` as one field value.
 * It is narrower than RFC 8288 §3: a string holds one link, and a quoted parameter no whitespace, ";" or '"'.
 * Node 20 and 22 accept control characters; Node 24 refuses them, and so does this.
 */
export function validateLinkHeaderValue(links: unknown): string {
  const texts: string[] = [];
  for (const item of Array.isArray(links) ? links : [links]) {
    const text: unknown = Array.isArray(links) ? `${item}` : item;
    if (typeof text !== 'string' || !link.test(text)) {
      const reason = `must be an array or string of format ${linkExample}`;
      refuse(validateLinkHeaderValue, invalidArgValue('hints', item, reason));
    }
    texts.push(text);
  }
  const value = texts.join(', ');
  validateHeaderValue('Link', value);
  return value;
}

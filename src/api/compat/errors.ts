/**
 * Errors that are indistinguishable from Node's: class, `code`, message, `String(error)` and the head of the stack are the
 * same. Source: the chapter "Errors" of Node's documentation, and messages observed from node:http.
 *
 * `name` stays that of the class ('TypeError'), while the stack begins with 'TypeError [ERR_X]: …'.
 */

import { format, inspect } from 'node:util';

export interface CodedError extends Error {
  code: string;
}

type ErrorClass = new (message: string) => Error;

/** A class of the same name as `Base` whose instances carry a code, which `toString()` shows. */
function withCode(Base: ErrorClass): new (message: string, code: string) => CodedError {
  return class extends Base {
    static override readonly name = Base.name;
    code: string;

    constructor(message: string, code: string) {
      super(message);
      this.code = code;
    }

    override toString(): string {
      return `${this.name} [${this.code}]: ${this.message}`;
    }
  };
}

/**
 * Makes the stack begin above `hidden`, and its first line show the code.
 * The stack is read at once: V8 writes its first line, from `name`, when it is first read.
 */
export function hideFrames<E extends CodedError>(error: E, hidden: (...args: never[]) => unknown): E {
  const named = error as { name?: string };
  named.name = `${error.name} [${error.code}]`;
  Error.captureStackTrace(error, hidden);
  void error.stack;
  delete named.name;
  return error;
}

type Maker<Args extends unknown[]> = (...args: Args) => CodedError;

function define<Args extends unknown[]>(
  Base: ErrorClass,
  code: string,
  message: (...args: Args) => string,
): Maker<Args> {
  const Coded = withCode(Base);
  const make: Maker<Args> = (...args) => hideFrames(new Coded(message(...args), code), make);
  return make;
}

/** A connection that ended too early: 'aborted' or 'socket hang up'. Its stack shows no code, as in Node. */
export function connReset(message: string): CodedError {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}

// Proxies

export const proxyInvalidConfig = define(Error, 'ERR_PROXY_INVALID_CONFIG', (message: string) => message);

export const proxyTunnel = define(Error, 'ERR_PROXY_TUNNEL', (message: string) => message);

// Messages

export const headersSent = define(
  Error,
  'ERR_HTTP_HEADERS_SENT',
  (verb: string) => `Cannot ${verb} headers after they are sent to the client`,
);
export const invalidHeaderValue = define(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', (value: unknown, name: unknown) =>
  format('Invalid value "%s" for header "%s"', value, name),
);
export const invalidStatusCode = define(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', (statusCode: unknown) =>
  format('Invalid status code: %s', statusCode),
);
export const trailerInvalid = define(
  Error,
  'ERR_HTTP_TRAILER_INVALID',
  () => 'Trailers are invalid with this transfer encoding',
);
export const bodyNotAllowed = define(
  Error,
  'ERR_HTTP_BODY_NOT_ALLOWED',
  () => 'Adding content for this request method or response status is not allowed.',
);
export const contentLengthMismatch = define(
  Error,
  'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
  (bodyBytes: number, headerBytes: number) =>
    `Response body's content-length of ${bodyBytes} byte(s) does not match the content-length of ` +
    `${headerBytes} byte(s) set in header`,
);
export const invalidHttpToken = define(TypeError, 'ERR_INVALID_HTTP_TOKEN', (label: unknown, token: unknown) =>
  format('%s must be a valid HTTP token ["%s"]', label, token),
);
/** `field` is the name of the header with the invalid value, if there is one. */
export const invalidChar = define(TypeError, 'ERR_INVALID_CHAR', (where: string, field?: unknown) =>
  field === undefined ? `Invalid character in ${where}` : `Invalid character in ${where} ["${field}"]`,
);

// Connections

export const socketAssigned = define(
  Error,
  'ERR_HTTP_SOCKET_ASSIGNED',
  () => 'ServerResponse has an already assigned socket',
);
export const socketEncoding = define(
  Error,
  'ERR_HTTP_SOCKET_ENCODING',
  () => 'Changing the socket encoding is not allowed per RFC7230 Section 3.',
);
export const requestTimeout = define(Error, 'ERR_HTTP_REQUEST_TIMEOUT', () => 'Request timeout');
export const serverNotRunning = define(Error, 'ERR_SERVER_NOT_RUNNING', () => 'Server is not running.');
export const invalidState = define(Error, 'ERR_INVALID_STATE', (what: string) => `Invalid state: ${what}`);

// Requests

export const unescapedCharacters = define(
  TypeError,
  'ERR_UNESCAPED_CHARACTERS',
  (what: string) => `${what} contains unescaped characters`,
);
export const invalidProtocol = define(TypeError, 'ERR_INVALID_PROTOCOL', (actual: unknown, expected: unknown) =>
  format('Protocol "%s" not supported. Expected "%s"', actual, expected),
);

// Streams

export const methodNotImplemented = define(
  Error,
  'ERR_METHOD_NOT_IMPLEMENTED',
  (method: string) => `The ${method} method is not implemented`,
);
export const writeAfterEnd = define(Error, 'ERR_STREAM_WRITE_AFTER_END', () => 'write after end');
export const streamDestroyed = define(
  Error,
  'ERR_STREAM_DESTROYED',
  (method: string) => `Cannot call ${method} after a stream was destroyed`,
);
export const streamAlreadyFinished = define(
  Error,
  'ERR_STREAM_ALREADY_FINISHED',
  (method: string) => `Cannot call ${method} after a stream was finished`,
);
export const cannotPipe = define(Error, 'ERR_STREAM_CANNOT_PIPE', () => 'Cannot pipe, not readable');
export const nullValues = define(TypeError, 'ERR_STREAM_NULL_VALUES', () => 'May not write null values to stream');

// Arguments

/**
 * @param name of the argument; of a property if it contains a dot
 * @param expected names of primitive types, of classes (capitalised), or other words
 */
export const invalidArgType = define(
  TypeError,
  'ERR_INVALID_ARG_TYPE',
  (name: string, expected: string | readonly string[], actual: unknown) =>
    `The "${name}" ${kindOf(name)} must be ${expectation([expected].flat())}. Received ${received(actual)}`,
);
export const invalidArgValue = define(
  TypeError,
  'ERR_INVALID_ARG_VALUE',
  (name: string, value: unknown, reason: string = 'is invalid') =>
    `The ${kindOf(name)} '${name}' ${reason}. Received ${shortened(inspect(value), 128)}`,
);
export const outOfRange = define(
  RangeError,
  'ERR_OUT_OF_RANGE',
  (name: string, range: string, actual: unknown) =>
    `The value of "${name}" is out of range. It must be ${range}. Received ${grouped(actual)}`,
);

function kindOf(name: string): string {
  return name.includes('.') ? 'property' : 'argument';
}

const primitiveTypes = ['string', 'function', 'number', 'object', 'boolean', 'bigint', 'symbol'];

function expectation(expected: readonly string[]): string {
  const types = expected.filter((word) => primitiveTypes.includes(word));
  const classes = expected.filter((word) => /^[A-Z][A-Za-z0-9]*$/.test(word));
  const others = expected.filter((word) => !types.includes(word) && !classes.includes(word));
  const parts: string[] = [];
  if (types.length > 0) parts.push(`${types.length > 2 ? 'one of type' : 'of type'} ${alternatives(types)}`);
  if (classes.length > 0) parts.push(`an instance of ${alternatives(classes)}`);
  if (others.length > 0) parts.push(others.length > 1 ? `one of ${alternatives(others)}` : others[0]!);
  return parts.join(' or ');
}

function alternatives(words: readonly string[]): string {
  if (words.length < 3) return words.join(' or ');
  return `${words.slice(0, -1).join(', ')}, or ${words.at(-1)}`;
}

/** A Proxy may have been revoked, and may throw. */
function classNameOf(value: object): unknown {
  try {
    return value.constructor?.name;
  } catch {
    return undefined;
  }
}

function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') {
    const className = classNameOf(value);
    return className === undefined ? inspect(value, { depth: -1 }) : `an instance of ${className}`;
  }
  if (typeof value === 'string')
    return `type string (${quoted(value.length > 28 ? `${value.slice(0, 25)}...` : value)})`;
  return `type ${typeof value} (${inspect(value)})`;
}

function quoted(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}

function shortened(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}...` : text;
}

/** Integers above 2^32 are shown in groups of three digits. */
function grouped(value: unknown): string {
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) <= 2 ** 32) return inspect(value);
  return String(value).replace(/(?<=[^-])(?=(?:.{3})+$)/g, '_');
}

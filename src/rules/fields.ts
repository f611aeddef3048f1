/**
 * The characters of a field: RFC 9110 §5.6.2 (token) for names, §5.5 (field-value) for values.
 */

const isTokenCode = new Uint8Array(128);
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  isTokenCode[char.charCodeAt(0)] = 1;
}

/** Whether `name` is a token: one or more of the characters of field names and methods (RFC 9110 §5.6.2). */
export function isToken(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (isTokenCode[name.charCodeAt(i)] !== 1) return false;
  }
  return name.length > 0;
}

const invalidValueChar = /[^\t\x20-\x7e\x80-\xff]/;
/** Up to this length, a loop over the characters is faster than the regular expression. */
const SHORT = 24;

/**
 * Whether `value` has a character that a field value must not have: all except HTAB, SP, VCHAR and obs-text
 * (RFC 9110 §5.5). Surrounding whitespace is allowed, since a recipient strips it.
 */
export function hasInvalidValueChar(value: string): boolean {
  if (value.length > SHORT) return invalidValueChar.test(value);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return true;
  }
  return false;
}

const invalidPathChar = /[^\u0021-\u00ff]/;

/** Whether `path` has a character that would end the request target, or that isn't one byte (RFC 9112 §3.2). */
export function hasInvalidPathChar(path: string): boolean {
  return invalidPathChar.test(path);
}

const value = String.raw`[\t\x20-\x7e\x80-\xff]*`;
const fieldLines = String.raw`(?:[!#$%&'*+.^_\`|~\w-]+:${value}\r\n)*`;
const firstLine = String.raw`[!-~]${value}\r\n`;
const start = new RegExp(`^${firstLine}$`);
const head = new RegExp(String.raw`^(?:${firstLine}${fieldLines}\r\n)?$`);
const section = new RegExp(`^${fieldLines}$`);

/** Whether a text is exactly one start line, with its line end. */
export function isStartLine(text: unknown): boolean {
  return typeof text === 'string' && start.test(text);
}

/** Whether a text is exactly one head with its empty line, or empty (RFC 9112 §2.1). */
export function isHead(text: unknown): boolean {
  return typeof text === 'string' && head.test(text);
}

/** Whether a text consists of complete field lines. */
export function isFieldLines(text: unknown): boolean {
  return typeof text === 'string' && section.test(text);
}

/** The lines of one field, joined by ", "; undefined if there is none. `lower` is its name in lower case. */
export function fieldValue(rawHeaders: readonly string[], lower: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== lower.length || name.toLowerCase() !== lower) continue;
    value = value === undefined ? rawHeaders[i + 1] : `${value}, ${rawHeaders[i + 1]}`;
  }
  return value;
}

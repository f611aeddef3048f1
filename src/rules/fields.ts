/**
 * The characters of a field: RFC 9110 §5.6.2 (token) for names, §5.5 (field-value) for values.
 */

const isTokenCode = new Uint8Array(128);
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  isTokenCode[char.charCodeAt(0)] = 1;
}

/** True when `name` is a token: one or more of the characters that a field name or a method may have (RFC 9110 §5.6.2). */
export function isToken(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (isTokenCode[name.charCodeAt(i)] !== 1) return false;
  }
  return name.length > 0;
}

const invalidValueChar = /[^\t\x20-\x7e\x80-\xff]/;
/** Up to this length, looking at the characters costs less than the regular expression. */
const SHORT = 24;

/**
 * True when `value` holds a character that a field value must not have: all but HTAB, SP, VCHAR and obs-text
 * (RFC 9110 §5.5). Surrounding whitespace is allowed, as a recipient strips it.
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

/** True when `path` holds a character that would end a request's target, or that has no byte (RFC 9112 §3.2). */
export function hasInvalidPathChar(path: string): boolean {
  return invalidPathChar.test(path);
}

const value = String.raw`[\t\x20-\x7e\x80-\xff]*`;
const fieldLines = String.raw`(?:[!#$%&'*+.^_\`|~\w-]+:${value}\r\n)*`;
const firstLine = String.raw`[!-~]${value}\r\n`;
const start = new RegExp(`^${firstLine}$`);
const head = new RegExp(String.raw`^(?:${firstLine}${fieldLines}\r\n)?$`);
const section = new RegExp(`^${fieldLines}$`);

/** Whether a text is one line, with its end. */
export function isStartLine(text: unknown): boolean {
  return typeof text === 'string' && start.test(text);
}

/** Whether a text is one head, with its empty line, and nothing behind it; or nothing (RFC 9112 §2.1). */
export function isHead(text: unknown): boolean {
  return typeof text === 'string' && head.test(text);
}

/** Whether a text is nothing but whole field lines. */
export function isFieldLines(text: unknown): boolean {
  return typeof text === 'string' && section.test(text);
}

/** The lines of one field, joined; undefined when there is none. `lower` is its name in lower case. */
export function fieldValue(rawHeaders: readonly string[], lower: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== lower.length || name.toLowerCase() !== lower) continue;
    value = value === undefined ? rawHeaders[i + 1] : `${value}, ${rawHeaders[i + 1]}`;
  }
  return value;
}

/**
 * How messages are named in lines of text. Headers, bodies and queries are left out, and so are credentials: they may contain
 * secrets. What comes from a peer is cut, and only visible ASCII of it is shown: a terminal would obey the rest.
 */

const LONGEST = 80;
/** Of a method or a scheme. */
const SHORT = 20;

/** Userinfo before an authority, wherever in a target that is, and what looks like it: `user:password@`. */
const USERINFO = /^[^/]*@|(?<=\/\/)[^/]*@|(?<=\/)[^/]*:[^/]*@/g;

/** What is shown as it is. Most paths and methods are such: one test is faster than what the others need. */
const PLAIN = /^[\w./%~-]*$/;

/** Nothing of the program is called for it: an object may have any `toString`, and is left out. */
export function textOf(value: unknown): string {
  if (typeof value === 'object' || typeof value === 'function') return value === null ? '' : '…';
  return String(value ?? '');
}

/** Escaped and cut. */
export function shown(text: unknown, longest = LONGEST): string {
  const whole = textOf(text);
  if (whole.length <= longest && PLAIN.test(whole)) return whole;
  const part = whole.slice(0, longest).replace(/[^\x21-\x7e…]/g, '\ufffd');
  return whole.length > longest ? `${part}…` : part;
}

/** A method, or a scheme. */
export const wordOf = (word: unknown): string => shown(word, SHORT);

/** A target without its query, fragment and userinfo, which may contain a secret. */
export function pathOf(target: unknown): string {
  const text = textOf(target);
  if (text.length <= LONGEST && PLAIN.test(text)) return text;
  const end = text.search(/[?#]/);
  const path = end === -1 ? text : text.slice(0, end);
  const plain = shown(path.replace(USERINFO, ''));
  return end === -1 ? plain : `${plain}${text[end]}…`;
}

export function subjectOf(request: { method?: unknown; url?: unknown } | undefined | null): string {
  return request?.method ? `${wordOf(request.method)} ${pathOf(request.url)}` : '';
}

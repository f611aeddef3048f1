/**
 * How messages are named in lines of text. Headers, bodies and queries are left out, and so are credentials: they may contain
 * secrets.
 */

const LONGEST = 80;

/** A target without its query, fragment and userinfo, which may contain a secret. */
export function pathOf(target: unknown): string {
  const text = String(target ?? '');
  const end = text.search(/[?#]/);
  const path = end === -1 ? text : text.slice(0, end);
  const plain = path.replace(/^[^/]*@|\/\/[^/]*@/, (found) => (found.startsWith('//') ? '//' : ''));
  const shown = plain.slice(0, LONGEST).replace(/[^\x21-\x7e]/g, '\ufffd');
  const cut = plain.length > LONGEST ? `${shown}…` : shown;
  return end === -1 ? cut : `${cut}${text[end]}…`;
}

export function subjectOf(request: { method?: unknown; url?: unknown } | undefined | null): string {
  return request?.method ? `${pathOf(request.method)} ${pathOf(request.url)}` : '';
}

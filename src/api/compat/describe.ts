/**
 * What `util.inspect` prints for the public objects: one line with the subject and the progress of each. Headers, bodies and
 * queries are left out: they may contain secrets.
 */

type Part = string | number | false | null | undefined;

/** `<Name subject · part · part>`, without empty parts. */
export function line(object: object, subject: Part, ...parts: readonly Part[]): string {
  // A prototype is printed under the name of its class.
  const name = (object.constructor as { name?: unknown } | undefined)?.name || 'Object';
  const details = parts.filter((part) => part || part === 0).join(' · ');
  const head = subject ? `${String(name)} ${subject}` : String(name);
  return details === '' ? `<${head}>` : `<${head} · ${details}>`;
}

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

/** The words of the first candidate that holds. */
export function first(...candidates: readonly (readonly [holds: unknown, words: string])[]): string | undefined {
  return candidates.find(([holds]) => holds)?.[1];
}

/** The current state of the region, by name. */
export function stateOf(host: { readonly actor: { readonly value: unknown } }, region: string): string {
  const value = (host.actor.value as Record<string, unknown>)[region];
  return typeof value === 'string' ? value : Object.keys(value as object).join();
}

export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

/**
 * What `util.inspect` prints of the public objects: a line that says what they are about and how far they have come. Nothing
 * of a header or a body, and no query: these may be secrets.
 */

type Part = string | number | false | null | undefined;

/** `<Name subject · part · part>`, without the parts that are not there. */
export function line(object: object, subject: Part, ...parts: readonly Part[]): string {
  // A prototype shows itself as the class.
  const name = (object.constructor as { name?: unknown } | undefined)?.name || 'Object';
  const said = parts.filter((part) => part || part === 0).join(' · ');
  const head = subject ? `${String(name)} ${subject}` : String(name);
  return said === '' ? `<${head}>` : `<${head} · ${said}>`;
}

const LONGEST = 80;

/** A target without its query, and without what a user may have as a password. */
export function pathOf(target: unknown): string {
  const [path = '', query] = String(target ?? '').split('?', 2);
  const plain = path.replace(/\/\/[^/]*@/, '//').replace(/[^\x21-\x7e]/g, '\ufffd');
  const cut = plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
  return query === undefined ? cut : `${cut}?…`;
}

export function subjectOf(request: { method?: unknown; url?: unknown } | undefined | null): string {
  return request?.method ? `${pathOf(request.method)} ${pathOf(request.url)}` : '';
}

/** The first that is true. */
export function first(...candidates: readonly (readonly [holds: unknown, words: string])[]): string | undefined {
  return candidates.find(([holds]) => holds)?.[1];
}

/** Where the region is, by the names of its states. */
export function stateOf(host: { readonly actor: { readonly value: unknown } }, region: string): string {
  const value = (host.actor.value as Record<string, unknown>)[region];
  return typeof value === 'string' ? value : Object.keys(value as object).join();
}

export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

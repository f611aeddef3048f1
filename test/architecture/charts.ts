/** What a chart holds, as XState is given it: names, and guards that are made of names. */

/** Those of XState's `and`, `or`, `not` and `stateIn` are functions that can be told by this. */
const isMadeOfNames = (value: object): boolean => 'check' in value;

/** Where a chart makes a value of its own: the beginning is a function of the input. */
const beginnings = ['context', 'input'];

/** The places of a chart where a function stands instead of a name. */
export function functionsIn(config: unknown, place = ''): string[] {
  if (typeof config === 'function') return isMadeOfNames(config) ? [] : [place];
  if (typeof config !== 'object' || config === null) return [];
  return Object.entries(config).flatMap(([key, value]) =>
    beginnings.includes(key) ? [] : functionsIn(value, place === '' ? key : `${place}.${key}`),
  );
}

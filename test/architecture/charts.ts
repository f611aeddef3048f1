/** The content of a chart's config: names, and guards composed of names. */

/** The results of XState's `and`, `or`, `not` and `stateIn` are functions with this property. */
const isMadeOfNames = (value: object): boolean => 'check' in value;

/** The keys under which a chart may have a function: the initial context is a function of the input. */
const initialKeys = ['context', 'input'];

/** The paths in a chart at which there is a function instead of a name. */
export function functionsIn(config: unknown, place = ''): string[] {
  if (typeof config === 'function') return isMadeOfNames(config) ? [] : [place];
  if (typeof config !== 'object' || config === null) return [];
  return Object.entries(config).flatMap(([key, value]) =>
    initialKeys.includes(key) ? [] : functionsIn(value, place === '' ? key : `${place}.${key}`),
  );
}

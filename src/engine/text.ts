/** States as text. */
import type { StateValue } from './model.js';

type Regions = { readonly [key: string]: StateValue };

const hasRegions = (value: StateValue): value is Regions => typeof value === 'object' && Object.keys(value).length > 1;

/** `{ reading: { body: 'open' } }` is reading.body.open; parallel regions are joined by a plus. */
export function stateText(value: StateValue): string {
  if (typeof value === 'string') return value;
  const paths = Object.entries(value).map(([key, inner]) => {
    const text = stateText(inner);
    return text === '' ? key : `${key}.${hasRegions(inner) ? `(${text})` : text}`;
  });
  return paths.join(' + ');
}

/** The regions that differ, as `reading.idle → body`. */
export function changes(from: StateValue, to: StateValue, prefix = ''): string[] {
  if (typeof from === 'object' && typeof to === 'object') {
    const keys = Object.keys(from);
    const isAlike = keys.length === Object.keys(to).length && keys.every((key) => key in to);
    if (isAlike) return keys.flatMap((key) => changes(from[key]!, to[key]!, `${prefix}${key}.`));
  }
  const [before, after] = [stateText(from), stateText(to)];
  return before === after ? [] : [`${prefix}${before} → ${after}`];
}

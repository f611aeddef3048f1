import type { StateValue } from './model.js';

/** `'a.b.c'` as `{ a: { b: 'c' } }`. */
function parseValue(path: string): StateValue {
  const keys = path.split('.');
  return keys.reduceRight<StateValue | undefined>(
    (inner, key) => (inner === undefined ? key : { [key]: inner }),
    undefined,
  )!;
}

/** Whether `partial` describes `value`, as in XState's `matches`: a key stands for all states inside it. */
export function matchesValue(partial: StateValue, value: StateValue): boolean {
  if (typeof partial === 'string') {
    if (partial.includes('.')) return matchesValue(parseValue(partial), value);
    return typeof value === 'string' ? value === partial : Object.hasOwn(value, partial);
  }
  if (typeof value === 'string') return false;
  return Object.keys(partial).every((key) => Object.hasOwn(value, key) && matchesValue(partial[key]!, value[key]!));
}

/**
 * Whether an event descriptor covers an event type. `*` covers all types, `net.*` covers `net` and types that begin with
 * `net.`
 */
export function covers(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === '*') return true;
  if (!descriptor.endsWith('.*')) return false;
  const prefix = descriptor.slice(0, -2);
  return type === prefix || type.startsWith(`${prefix}.`);
}

/**
 * `NODE_DEBUG=http`: what every connection, request and response has come to, a line for each transition. Nothing of a header or
 * a body, and no query: these may be secrets.
 */
import { debuglog } from 'node:util';
import type { StateValue } from '../engine/model.js';
import { type Observation, tap } from '../engine/tap.js';
import { subjectOf } from './describe.js';

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number for each actor, in the order in which they are seen first. */
function numberOf(actor: object): number {
  const known = numbers.get(actor);
  if (known !== undefined) return known;
  numbers.set(actor, ++count);
  return count;
}

/** `awaiting.kept`. */
function dotted(value: StateValue | undefined): string {
  if (value === undefined || typeof value === 'string') return value ?? '';
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${dotted(inner)}`)
    .join(' ');
}

/** `line: attached → released`, of what has changed. */
function changes(from: StateValue, to: StateValue): string {
  if (typeof to === 'string') return from === to ? '' : `${dotted(from) || '·'} → ${to}`;
  const before = typeof from === 'string' ? {} : from;
  return Object.entries(to)
    .map(([region, state]) => ({ region, old: dotted(before[region]), now: dotted(state) }))
    .filter(({ old, now }) => old !== now)
    .map(({ region, old, now }) => (old === '' ? `${region}: ${now}` : `${region}: ${old} → ${now}`))
    .join(', ');
}

const typeOf = (thing: unknown): string => String((thing as { type?: unknown }).type);

type Head = { method?: unknown; url?: unknown; statusCode?: unknown };

function line({ actor, chart, event, from, to, emitted, error }: Observation): string {
  const { head } = event as { head?: Head };
  const subject = head && (subjectOf(head) || String(head.statusCode));
  return [
    `${chart} ${numberOf(actor)}`,
    subject ? `${event.type} ${subject}` : event.type,
    changes(from, to),
    emitted.map(typeOf).join(' '),
    error === undefined ? '' : `failed: ${error}`,
  ]
    .filter((part) => part !== '')
    .join(' | ');
}

/** To be called once. Where nobody has asked for it, nothing listens. */
export function logTransitions(): void {
  const log = debuglog('http');
  if (log.enabled) tap((observation) => log('%s', line(observation)));
}

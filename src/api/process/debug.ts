/**
 * `NODE_DEBUG=http`: what every connection, request and response has come to, a line for each transition. Nothing of a header or
 * a body, and no query: these may be secrets.
 */
import { debuglog } from 'node:util';
import { type Observation, tap } from '../../engine/tap.js';
import { changes } from '../../engine/text.js';
import { subjectOf } from '../compat/describe.js';

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number for each actor, in the order in which they are seen first. */
function numberOf(actor: object): number {
  const known = numbers.get(actor);
  if (known !== undefined) return known;
  numbers.set(actor, ++count);
  return count;
}

const typeOf = (thing: unknown): string => String((thing as { type?: unknown }).type);

type Head = { method?: unknown; url?: unknown; statusCode?: unknown };

function line({ actor, chart, event, from, to, emitted, error }: Observation): string {
  const { head } = event as { head?: Head };
  const subject = head && (subjectOf(head) || String(head.statusCode));
  return [
    `${chart} ${numberOf(actor)}`,
    subject ? `${event.type} ${subject}` : event.type,
    changes(from, to).join(', ').trim(),
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

/**
 * `NODE_DEBUG=http`: one line for each transition of a connection, request or response. Headers, bodies and queries are left
 * out: they may contain secrets.
 */
import { debuglog } from 'node:util';
import { type Observation, tap } from '../../engine/tap.js';
import { changes } from '../../engine/text.js';
import { subjectOf } from '../compat/describe.js';

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number for each actor, in the order of first appearance. */
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

/** Call this once. Without `NODE_DEBUG=http` it adds no listener. */
export function logTransitions(): void {
  const log = debuglog('http');
  if (log.enabled) tap((observation) => log('%s', line(observation)));
}

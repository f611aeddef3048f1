/** What `util.inspect` prints of a server, an agent or a message: the line that `explain` has, or the one that matters. */
import type { Facts } from '../events/facts.js';
import { serverLine } from './explain.js';
import type { Explanation } from './explanation.js';
import { count, phraseOf, waitsText } from './phrases.js';
import { longest } from './sorting.js';

/** Those that wait for no exchange. */
const isIdle = ({ waits }: Explanation): boolean =>
  waits.every(({ for: code }) => code === 'nextRequest' || code === 'firstRequest' || code === 'use');

/** The one that has waited longest, an exchange if there is one. */
function first(lines: readonly Explanation[]): Explanation | undefined {
  let found: Explanation | undefined;
  for (const line of lines) {
    if (found === undefined || isIdle(found) > isIdle(line)) found = line;
    else if (isIdle(found) === isIdle(line) && longest(line) > longest(found)) found = line;
  }
  return found;
}

/** @param lines what `explain` has */
export function describe(facts: Facts, lines: readonly Explanation[]): string {
  const one = first(lines.filter(({ id }) => id !== '-'));
  const parts = one === undefined ? [] : [phraseOf(one)];
  switch (facts.kind) {
    case 'server':
      parts.unshift(facts.what, waitsText(serverLine(facts)), count(facts.size, 'connection'));
      break;
    case 'agent':
      parts.unshift(
        count(facts.connections.length, 'connection'),
        `${count(facts.requests.length, 'request')} in its queue`,
      );
      break;
    default:
      return lines.map(phraseOf).join('; ');
  }
  return parts.filter((part) => part !== '').join(' · ');
}

/** What explain says in a run. */
import { allKnown, factsOf } from '../../api/process/known.js';
import type { Server } from '../../api/server/Server.js';
import { explaining } from '../../explain/byNeed.js';
import type { Explanation } from '../../explain/explanation.js';
import { now } from '../../io/clock.js';

/** The exchanges of a server that are going on. */
export function exchangesOf(server: Server): Explanation[] {
  now();
  const facts = factsOf(server);
  if (facts === undefined) return [];
  return explaining()
    .linesOf(facts)
    .filter(({ id, ended }) => /^s\d+\.\d+$/.test(id) && ended === undefined);
}

/** The requests of clients that are going on, by id. */
export function requestLines(): Map<string, Explanation> {
  now();
  const lines: Explanation[] = [];
  const { addLines } = explaining();
  for (const host of allKnown()) {
    const facts = host.facts();
    if (facts !== undefined && facts.kind !== 'server' && facts.kind !== 'connection') {
      addLines(facts, lines);
    }
  }
  const found = new Map<string, Explanation>();
  for (const line of lines) {
    const isBusy = line.waits.some(({ for: code }) => code !== 'use' && code !== 'soon');
    if (line.role === 'client' && line.ended === undefined && isBusy) found.set(line.id, line);
  }
  return found;
}

/** Whether the program has to act, and nobody else. The socket of an upgrade is the program's for good. */
export function isYours({ waits }: Explanation): boolean {
  const others = waits.some(({ who }) => who === 'peer' || who === 'system');
  return !others && waits.some(({ who, for: code }) => (who === 'you' || who === 'agent') && code !== 'program');
}

/** The numbers of connections are those of the process: here they begin at 1, so that two runs print the same. */
function plain(text: string): string {
  const numbers = new Map<string, Map<string, number>>();
  return text.replace(/\b([scq])(\d+)(?=(?:\.\d+)?\b)/g, (_, letter: string, number: string) => {
    const known = numbers.get(letter) ?? new Map<string, number>();
    numbers.set(letter, known);
    if (!known.has(number)) known.set(number, known.size + 1);
    return `${letter}${known.get(number)}`;
  });
}

/** A line as a part of a sentence, on one line. */
export const lineText = (line: Explanation): string => plain(String(line).replace(/ {2,}/g, ' '));

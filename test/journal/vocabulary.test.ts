/** The words of a journal cover what the machines read: each event, with each value of each flag. */
import { describe, expect, it } from 'vitest';
import type { EventLike } from '../../src/engine/args.js';
import { kindOf } from '../../src/journal/flags.js';
import { CHARTS, EVENTS, GIVEN } from '../../src/journal/vocabulary.js';
import { machines } from '../../src/machines/index.js';
import { alphabets } from '../../src/testing/alphabet.js';

/** What an event carries for the program or the wire: no guard reads it. */
const CARRIED = new Set(['type', 'head', 'chunk', 'encoding']);

/** What guards read, as the alphabets vary it: booleans and texts. */
const flagsOf = (event: EventLike): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(event).filter(
      ([name, value]) => !CARRIED.has(name) && (typeof value === 'boolean' || typeof value === 'string'),
    ),
  );

/** Of all machines but the server's: it belongs to no connection, and is not recorded. */
const recorded = Object.entries(alphabets).filter(([name]) => name !== 'server');

/** Flags that hosts give and no guard reads any more. The list is append only, so they stay. */
const UNREAD = ['wire.head limited', 'wire.truncated unsent', 'wire.truncated preceded'];

describe('the vocabulary', () => {
  it('has all machines', () => {
    expect([...CHARTS].sort()).toEqual(Object.keys(machines).sort());
    expect(Object.keys(alphabets).sort()).toEqual(Object.keys(machines).sort());
  });

  it.each(recorded)('has all events of %s, with all values of their flags', (_, { events }) => {
    const lacking = new Set<string>();
    for (const event of events) {
      const kind = kindOf(event.type);
      if (kind === undefined) {
        lacking.add(event.type);
        continue;
      }
      const unpacked = kind.unpack(kind.pack(event));
      for (const [name, value] of Object.entries(flagsOf(event))) {
        if (unpacked[name] !== value) lacking.add(`${event.type} ${name} ${value}`);
      }
    }
    expect([...lacking]).toEqual([]);
  });

  it('has no event and no flag that no machine has', () => {
    const known = new Map<string, Set<string>>();
    for (const event of recorded.flatMap(([, { events }]) => events)) {
      const flags = known.get(event.type) ?? new Set();
      known.set(event.type, flags);
      for (const name of Object.keys(event)) flags.add(name);
    }
    const extra = EVENTS.flatMap(([type, ...flags]) =>
      known.has(type)
        ? flags
            .map((flag) => flag.split(':')[0]!)
            .flatMap((name) => (known.get(type)!.has(name) ? [] : [`${type} ${name}`]))
        : [type],
    );
    expect(extra).toEqual(UNREAD);
    const all = new Set([...known.values()].flatMap((flags) => [...flags]));
    expect([...GIVEN].filter((name) => !all.has(name))).toEqual([]);
  });
});

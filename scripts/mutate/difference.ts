/**
 * Whether two machines can be distinguished from outside: by their emissions, and by the states that their hosts query.
 *
 * Both receive the same events, side by side. Equal pairs of situations have equal futures, so each pair is explored once; when
 * none is left, no sequence of events distinguishes the machines.
 */
import type { EventLike } from '../../src/engine/actor.js';
import type { Course, Place } from '../../test/machines/kit/course.js';
import type { World } from '../../test/machines/kit/explore.js';

/** The states that hosts query (`matcher`, `matches`), by machine. */
export const QUERIED: Readonly<Record<string, readonly string[]>> = {
  connection: [],
  incomingRequest: [],
  response: ['flow.full', 'message.finished'],
  server: ['door.unbound', 'door.draining', 'door.closing'],
  clientConnection: [],
  request: ['flow.full', 'message.finished'],
  incomingResponse: [],
};

/** A world in which all events can come at any time. */
export const anything: World<unknown> = { begins: null, may: () => true, after: () => null };

export interface Surroundings<State> {
  readonly events: readonly EventLike[];
  readonly world: World<State>;
}

interface Both<State> {
  readonly places: readonly [Place, Place];
  readonly world: State;
  readonly way: readonly EventLike[];
}

/** The shortest sequence of events to a difference; undefined if there is none. */
export function firstDifference<State>(
  [one, other]: readonly [Course, Course],
  { events, world }: Surroundings<State>,
  queried: readonly string[],
): readonly EventLike[] | undefined {
  const differs = ([a, b]: readonly [Place, Place]) => queried.some((path) => a.matches(path) !== b.matches(path));
  const first: Both<State> = { places: [one.first, other.first], world: world.begins, way: [] };
  if (differs(first.places)) return first.way;
  const seen = new Set([keyOf(first)]);
  const reached = [first];
  for (const at of reached) {
    for (const event of events) {
      if (!world.may(at.world, event)) continue;
      const [a, b] = [one.step(at.places[0], event), other.step(at.places[1], event)];
      const next: Both<State> = {
        places: [a.to, b.to],
        world: world.after(at.world, event, a.emitted),
        way: [...at.way, event],
      };
      if (JSON.stringify(a.emitted) !== JSON.stringify(b.emitted) || differs(next.places)) return next.way;
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      reached.push(next);
    }
  }
  return undefined;
}

const keyOf = ({ places: [a, b], world }: Both<unknown>) => JSON.stringify([a.key, b.key, world]);

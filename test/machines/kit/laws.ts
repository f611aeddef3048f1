/** What must hold on every walk of a machine, for any events in any order. */
import type { EventLike } from '../../../src/engine/actor.js';

/** An event that the machine received or emitted. */
export interface Happening<State> {
  readonly event: EventLike;
  /** The world around the machine, after the event that caused this. */
  readonly world: State;
}

/** The machine at rest, and the world around it. */
export interface Rest<State> {
  readonly matches: (path: string) => boolean;
  readonly world: State;
}

/** The effect of one event. */
interface Step<State> {
  readonly event: EventLike;
  /** The world before the event. */
  readonly before: State;
  readonly emitted: readonly EventLike[];
}

/** Plain data; a law whose memory is `undefined` is broken. */
export type Memory = string | number | boolean | undefined;

export interface Law<State> {
  readonly name: string;
  readonly begins: Memory;
  /** The memory of the law after a happening. */
  readonly after: (memory: Memory, happening: Happening<State>) => Memory;
  /** What must be true between events. */
  readonly atRest?: (rest: Rest<State>) => boolean;
  /** What must be true of each event. */
  readonly atStep?: (step: Step<State>) => boolean;
}

/** Something that happens eventually. */
export interface Pledge<State> {
  readonly name: string;
  /** Where the pledge holds. */
  readonly from: (world: State) => boolean;
  /** The next pending event of the world; undefined if there is none. */
  readonly next: (world: State) => EventLike | undefined;
  /** The event that must be emitted meanwhile. */
  readonly emits: string;
}

type Types = string | readonly string[];

type Test = (happening: { readonly event: EventLike }) => boolean;

function isOneOf(types: Types): Test {
  const names = new Set([types].flat());
  return ({ event }) => names.has(event.type);
}

/** At most one of these happens, and at most once. */
export function atMostOnce(types: Types): Law<unknown> {
  const isCounted = isOneOf(types);
  return {
    name: `at most once: ${text(types)}`,
    begins: 0,
    after: (count, happening) => {
      if (!isCounted(happening)) return count;
      return count === 0 ? 1 : undefined;
    },
  };
}

/** None of `later` happens after one of `earlier`. */
export function neverAfter(earlier: Types, later: Types): Law<unknown> {
  const [isEarlier, isLater] = [isOneOf(earlier), isOneOf(later)];
  return {
    name: `never after ${text(earlier)}: ${text(later)}`,
    begins: false,
    after: (isLate, happening) => {
      if (isLate && isLater(happening)) return undefined;
      return isLate || isEarlier(happening);
    },
  };
}

/** None of `later` happens unless one of `earlier` has. */
export function onlyAfter(earlier: Types, later: Types): Law<unknown> {
  const [isEarlier, isLater] = [isOneOf(earlier), isOneOf(later)];
  return {
    name: `not before ${text(earlier)}: ${text(later)}`,
    begins: false,
    after: (isDue, happening) => {
      if (!isDue && isLater(happening)) return undefined;
      return isDue || isEarlier(happening);
    },
  };
}

/** They alternate, beginning with `first`. */
export function byTurns(first: string, second: string): Law<unknown> {
  return {
    name: `alternating: ${first}, ${second}`,
    begins: first,
    after: (next, { event }) => {
      if (event.type !== first && event.type !== second) return next;
      if (event.type !== next) return undefined;
      return next === first ? second : first;
    },
  };
}

/** One of `types` happens only if the world meets a condition. */
export function onlyWhen<State>(name: string, types: Types, isSo: (world: State) => boolean): Law<State> {
  const isBound = isOneOf(types);
  return {
    name: `${text(types)}: only when ${name}`,
    begins: true,
    after: (_memory, happening) => (isBound(happening) && !isSo(happening.world) ? undefined : true),
  };
}

/** This is true between events. */
export function atRest<State>(name: string, isSo: (rest: Rest<State>) => boolean): Law<State> {
  return { name, begins: true, after: (memory) => memory, atRest: isSo };
}

/** Between events the machine is in each of `states` if and only if the world meets its condition. */
export function isIn<State>(states: Readonly<Record<string, (world: State) => boolean>>): Law<State>[] {
  return Object.entries(states).map(([state, isSo]) =>
    atRest(`in ${state} if and only if the world is`, ({ matches, world }) => matches(state) === isSo(world)),
  );
}

/** An event causes exactly those of `types` that `caused` returns, in that order. */
export function causes<State>(
  types: Types,
  caused: (event: EventLike, before: State) => readonly string[],
): Law<State> {
  const isBound = isOneOf(types);
  return {
    name: `emitted exactly when expected: ${text(types)}`,
    begins: true,
    after: (memory) => memory,
    atStep: ({ event, before, emitted }) => {
      const actual = emitted.filter((each) => isBound({ event: each })).map(({ type }) => type);
      return actual.join() === caused(event, before).join();
    },
  };
}

/** The payload `name` of `type` is the expected one. */
export function carries<State>(
  type: string,
  name: string,
  expected: (before: State, event: EventLike) => unknown,
): Law<State> {
  return {
    name: `${type} carries the expected ${name}`,
    begins: true,
    after: (memory) => memory,
    atStep: ({ event, before, emitted }) =>
      emitted.every(
        (each) =>
          each.type !== type ||
          (each as EventLike & Readonly<Record<string, unknown>>)[name] === expected(before, event),
      ),
  };
}

/** Among the emissions of one event, none of `first` follows one of `second`. */
export function inOrder(first: Types, second: Types): Law<unknown> {
  const [isFirst, isSecond] = [isOneOf(first), isOneOf(second)];
  return {
    name: `in this order: ${text(first)}; ${text(second)}`,
    begins: true,
    after: (memory) => memory,
    atStep: ({ emitted }) => {
      const happenings = emitted.map((each) => ({ event: each }));
      const begin = happenings.findIndex(isSecond);
      return begin < 0 || !happenings.slice(begin).some(isFirst);
    },
  };
}

/** The law, applied only to happenings for which `isMeant` holds. */
export function of<State>(name: string, isMeant: (event: EventLike) => boolean, law: Law<State>): Law<State> {
  return {
    ...law,
    name: `${law.name} (${name})`,
    after: (memory, happening) => (isMeant(happening.event) ? law.after(memory, happening) : memory),
  };
}

function text(types: Types): string {
  return [types].flat().join(', ');
}

/** Walks a machine in a world that sends only possible events, and checks the machine's laws. */
import type { EventLike } from '../../../src/engine/actor.js';
import { type Begin, Course, type Place } from './course.js';
import type { Happening, Law, Memory, Pledge } from './laws.js';
import { xorshift } from './random.js';

/** The surroundings of a machine, as plain data: which events they can send next, and the state after each event. */
export interface World<State> {
  readonly begins: State;
  /** Whether the event is possible now. */
  readonly may: (state: State, event: EventLike) => boolean;
  readonly after: (state: State, event: EventLike, emitted: readonly EventLike[]) => State;
}

export interface Scene<State> {
  readonly subject: Begin;
  readonly events: readonly EventLike[];
  readonly world: World<State>;
  readonly laws: readonly Law<State>[];
  readonly pledges?: readonly Pledge<State>[];
  /** Whether little can happen after the event: random walks rarely take such an event. */
  readonly isEnding: (event: EventLike) => boolean;
}

/** Subject, world and laws at one moment, and the path there: `before`, and then `event`. */
interface Situation<State> {
  readonly key: string;
  readonly place: Place;
  readonly world: State;
  readonly memories: readonly Memory[];
  readonly before: Situation<State> | undefined;
  readonly event: EventLike | undefined;
}

export interface Findings {
  /** Distinct combinations of machine, world and the laws' memories. */
  readonly situations: number;
  readonly steps: number;
  /** The path to each broken law. */
  readonly broken: Readonly<Record<string, string>>;
}

/** Takes each possible event in each situation, shortest paths first, until `most` laws are broken. */
export function exploreAll<State>(scene: Scene<State>, most = Number.POSITIVE_INFINITY): Findings {
  const broken: Record<string, string> = {};
  const course = new Course(scene.subject);
  const first = begin(scene, course);
  const seen = new Set([first.key]);
  let steps = 0;
  for (let wave = [first]; wave.length > 0; ) {
    const next: Situation<State>[] = [];
    for (const situation of wave) {
      for (const event of scene.events) {
        if (!scene.world.may(situation.world, event)) continue;
        steps++;
        const reached = step(scene, course, situation, event, broken);
        if (!seen.has(reached.key)) {
          seen.add(reached.key);
          next.push(reached);
          for (const pledge of scene.pledges ?? []) redeem(scene, course, reached, pledge, broken);
        }
        if (Object.keys(broken).length >= most) return { situations: seen.size, steps, broken };
      }
    }
    wave = next;
  }
  return { situations: seen.size, steps, broken };
}

/** The most steps of a random walk. */
const LENGTH = 60;
/** One step in so many may be an ending. */
const SELDOM = 10;

/** Takes random walks, the same ones each time, until there have been `count` steps. */
export function exploreSome<State>(scene: Scene<State>, count: number): Findings {
  const broken: Record<string, string> = {};
  const random = xorshift();
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[random() % items.length];
  const seen = new Set<string>();
  const course = new Course(scene.subject);
  for (let steps = 0, situation = begin(scene, course); steps < count; steps++) {
    const possible = scene.events.filter((event) => scene.world.may(situation.world, event));
    const lasting = possible.filter((event) => !scene.isEnding(event));
    const wanted = lasting.length > 0 && random() % SELDOM > 0 ? lasting : possible;
    const type = pick([...new Set(wanted.map((event) => event.type))]);
    const event = pick(wanted.filter((each) => each.type === type));
    const isOver = event === undefined || steps % LENGTH === 0;
    situation = isOver ? begin(scene, course) : step(scene, course, situation, event, broken);
    seen.add(situation.key);
  }
  return { situations: seen.size, steps: count, broken };
}

function begin<State>({ world, laws }: Scene<State>, { first }: Course): Situation<State> {
  return {
    key: 'the beginning',
    place: first,
    world: world.begins,
    memories: laws.map(({ begins }) => begins),
    before: undefined,
    event: undefined,
  };
}

/** Sends the pending events, and checks whether the pledge is kept. */
function redeem<State>(
  { world }: Scene<State>,
  course: Course,
  situation: Situation<State>,
  { name, from, next, emits }: Pledge<State>,
  broken: Record<string, string>,
): void {
  if (name in broken || !from(situation.world)) return;
  let at = situation;
  let last: readonly EventLike[] = [];
  for (let event = next(at.world); event !== undefined; event = next(at.world)) {
    const { emitted, to } = course.step(at.place, event);
    if (emitted.some(({ type }) => type === emits)) return;
    at = { ...at, place: to, world: world.after(at.world, event, emitted), before: at, event };
    last = emitted;
  }
  broken[name] = wayTo(at, last);
}

function step<State>(
  { world, laws }: Scene<State>,
  course: Course,
  before: Situation<State>,
  event: EventLike,
  broken: Record<string, string>,
): Situation<State> {
  const { emitted, to: place } = course.step(before.place, event);
  const now = world.after(before.world, event, emitted);
  const happenings = [event, ...emitted].map((each) => ({ event: each, world: now }));
  const rest = { world: now, matches: place.matches };
  const taken = { event, before: before.world, emitted };
  const memories = laws.map(({ after, atRest, atStep }, index) => {
    if ((atRest !== undefined && !atRest(rest)) || (atStep !== undefined && !atStep(taken))) return undefined;
    const read = (memory: Memory, each: Happening<State>) => (memory === undefined ? memory : after(memory, each));
    return happenings.reduce(read, before.memories[index]);
  });
  const key = JSON.stringify([place.key, now, memories.map((each) => each ?? 'broken')]);
  const situation = { key, place, world: now, memories, before, event };
  for (const [index, { name }] of laws.entries()) {
    if (memories[index] === undefined && before.memories[index] !== undefined)
      broken[name] ??= wayTo(situation, emitted);
  }
  return situation;
}

/** The events on the path, with their flags, and the emissions after the last one. */
function wayTo(situation: Situation<unknown>, emitted: readonly EventLike[]): string {
  const events: string[] = [];
  for (let at: Situation<unknown> | undefined = situation; at?.event !== undefined; at = at.before) {
    events.unshift(textOf(at.event));
  }
  return `${events.join(' → ')} ⇒ ${emitted.map(({ type }) => type).join(', ') || 'nothing'}`;
}

/** `net.ended(retriable)`. */
export function textOf({ type, ...payload }: EventLike): string {
  const flags = Object.entries(payload).filter(
    ([, value]) => value === true || (typeof value === 'string' && value !== 'none'),
  );
  const texts = flags.map(([key, value]) => (value === true ? key : value));
  return texts.length === 0 ? type : `${type}(${texts.join(' ')})`;
}

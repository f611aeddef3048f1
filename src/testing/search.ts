/** Which inputs make a machine tell a log: a search through its situations, those first that take the fewest inputs. */
import type { EventLike } from '../engine/args.js';
import type { StateValue } from '../engine/model.js';
import { type Step, typeOf } from './render.js';
import type { Outcome, Situation, Walker } from './walker.js';
import { after, mayCome, type World } from './world.js';

/** What is searched for, and where. */
export interface Quest {
  readonly walker: Walker;
  /** What may come. */
  readonly events: readonly EventLike[];
  readonly world: World;
  readonly log: readonly string[];
  /** Whether a telling would stand in the log. */
  readonly hears: (type: string) => boolean;
}

/** How far a log can be told. */
export interface Found {
  /** As many of its tellings. */
  readonly matched: number;
  /** What could be told next, where it isn't told whole. */
  readonly expected: readonly string[];
  readonly state: StateValue;
  readonly history: readonly Step[];
}

/** A situation in which a part of the log was told. */
interface Place {
  readonly situation: Situation;
  readonly facts: ReadonlySet<string>;
  readonly matched: number;
  readonly before: Place | undefined;
  readonly step: Step;
}

class Search {
  private readonly quest: Quest;
  private readonly seen = new Set<string>();
  /** In the order in which they were found; all are gone on from. */
  private readonly places: Place[] = [];
  /** The most that was told before the log was left, what was told in its place, and from where. */
  private matched = 0;
  private readonly told = new Set<string>();
  private from: Place | undefined = undefined;

  constructor(quest: Quest) {
    this.quest = quest;
  }

  run(): Found {
    const { walker, log } = this.quest;
    let whole = this.reach(undefined, { type: 'xstate.init' }, walker.first);
    for (let at = 0; whole === undefined && at < this.places.length; at++) whole = this.goOn(this.places[at]!);
    if (whole !== undefined) return found(whole, log.length, []);
    return found(this.from, this.matched, [...this.told].sort());
  }

  /** Tries all that may come. @returns a place where the whole log is told */
  private goOn(place: Place): Place | undefined {
    const { walker, events, world } = this.quest;
    for (const event of events) {
      if (!mayCome(world, place.facts, event.type) || !walker.answers(place.situation, event)) continue;
      const whole = this.reach(place, event, walker.step(place.situation, event));
      if (whole !== undefined) return whole;
    }
    return undefined;
  }

  private reach(before: Place | undefined, event: EventLike, { situation, emitted }: Outcome): Place | undefined {
    const { log, hears, world } = this.quest;
    const types = emitted.map(typeOf);
    const told = types.filter(hears);
    const agreed = agreement(told, log, before?.matched ?? 0);
    const matched = (before?.matched ?? 0) + agreed;
    const facts = after(world, before?.facts ?? new Set(world.begins), [event.type, ...types]);
    const from = before?.situation.configuration.value ?? {};
    const place: Place = {
      situation,
      facts,
      matched,
      before,
      step: { event, from, to: situation.configuration.value, emitted },
    };
    if (matched === log.length) return place;
    const isLeft = agreed < told.length;
    this.note(isLeft ? before : place, matched, isLeft ? told[agreed] : undefined);
    if (!isLeft) this.keep(place);
    return undefined;
  }

  private note(place: Place | undefined, matched: number, told: string | undefined): void {
    if (matched > this.matched || this.from === undefined) {
      if (matched > this.matched) this.told.clear();
      this.matched = matched;
      this.from = place;
    }
    if (matched === this.matched && told !== undefined) this.told.add(told);
  }

  private keep(place: Place): void {
    const { situation, facts, matched } = place;
    const key = JSON.stringify([situation.configuration.index, situation.context, matched, [...facts].sort()]);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.places.push(place);
  }
}

/** How much of a log a machine can tell. */
export function search(quest: Quest): Found {
  return new Search(quest).run();
}

/** How many of `told` stand in the log from `start` on; all of them, where the log ends before. */
function agreement(told: readonly string[], log: readonly string[], start: number): number {
  let agreed = 0;
  while (agreed < told.length && start + agreed < log.length && told[agreed] === log[start + agreed]) agreed++;
  return agreed;
}

function found(place: Place | undefined, matched: number, expected: readonly string[]): Found {
  const history: Step[] = [];
  for (let at = place; at !== undefined; at = at.before) history.unshift(at.step);
  return { matched, expected, state: place?.situation.configuration.value ?? {}, history };
}

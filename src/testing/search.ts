/** Finds inputs that make a machine emit a log: a search through its situations, those with the fewest inputs first. */
import type { EventLike } from '../engine/args.js';
import type { StateValue } from '../engine/model.js';
import { type Step, typeOf } from './render.js';
import type { Outcome, Situation, Walker } from './walker.js';
import { after, mayCome, type World } from './world.js';

/** The parameters of a search. */
export interface Quest {
  readonly walker: Walker;
  /** The events to try. */
  readonly events: readonly EventLike[];
  readonly world: World;
  readonly log: readonly string[];
  /** Whether the log would contain an emission of this type. */
  readonly records: (type: string) => boolean;
}

/** How much of a log a machine can emit. */
export interface Found {
  /** The number of matching emissions. */
  readonly matched: number;
  /** The possible next emissions, unless all match. */
  readonly expected: readonly string[];
  readonly state: StateValue;
  readonly history: readonly Step[];
}

/** A situation after a part of the log was emitted. */
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
  /** The places to search from, in the order in which they were found. */
  private readonly places: Place[] = [];
  /** The longest match so far, the emissions that deviated after it, and the place where they did. */
  private matched = 0;
  private readonly deviating = new Set<string>();
  private from: Place | undefined = undefined;

  constructor(quest: Quest) {
    this.quest = quest;
  }

  run(): Found {
    const { walker, log } = this.quest;
    let whole = this.reach(undefined, { type: 'xstate.init' }, walker.first);
    for (let at = 0; whole === undefined && at < this.places.length; at++) whole = this.continueFrom(this.places[at]!);
    if (whole !== undefined) return found(whole, log.length, []);
    return found(this.from, this.matched, [...this.deviating].sort());
  }

  /** Tries all possible events. @returns a place where the whole log is emitted */
  private continueFrom(place: Place): Place | undefined {
    const { walker, events, world } = this.quest;
    for (const event of events) {
      if (!mayCome(world, place.facts, event.type) || !walker.takes(place.situation, event)) continue;
      const whole = this.reach(place, event, walker.step(place.situation, event));
      if (whole !== undefined) return whole;
    }
    return undefined;
  }

  private reach(before: Place | undefined, event: EventLike, { situation, emitted }: Outcome): Place | undefined {
    const { log, records, world } = this.quest;
    const types = emitted.map(typeOf);
    const recorded = types.filter(records);
    const agreed = agreement(recorded, log, before?.matched ?? 0);
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
    const deviates = agreed < recorded.length;
    this.note(deviates ? before : place, matched, deviates ? recorded[agreed] : undefined);
    if (!deviates) this.keep(place);
    return undefined;
  }

  private note(place: Place | undefined, matched: number, deviating: string | undefined): void {
    if (matched > this.matched || this.from === undefined) {
      if (matched > this.matched) this.deviating.clear();
      this.matched = matched;
      this.from = place;
    }
    if (matched === this.matched && deviating !== undefined) this.deviating.add(deviating);
  }

  private keep(place: Place): void {
    const { situation, facts, matched } = place;
    const key = JSON.stringify([situation.configuration.index, situation.context, matched, [...facts].sort()]);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.places.push(place);
  }
}

/** How much of a log a machine can emit. */
export function search(quest: Quest): Found {
  return new Search(quest).run();
}

/** How many of the emissions match the log from `start` on. The log may end before them. */
function agreement(emitted: readonly string[], log: readonly string[], start: number): number {
  let agreed = 0;
  while (agreed < emitted.length && start + agreed < log.length && emitted[agreed] === log[start + agreed]) agreed++;
  return agreed;
}

function found(place: Place | undefined, matched: number, expected: readonly string[]): Found {
  const history: Step[] = [];
  for (let at = place; at !== undefined; at = at.before) history.unshift(at.step);
  return { matched, expected, state: place?.situation.configuration.value ?? {}, history };
}

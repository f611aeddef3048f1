/**
 * The subject of a walk, and a cache of its steps. A machine is pure: the same event in the same situation has the same
 * effect. So each step is taken once, by a new subject that is brought to that situation.
 */
import type { AnyStateMachine } from 'xstate';
import { type EventLike, start } from '../../../src/engine/actor.js';
import type { Chart } from '../../../src/engine/chart.js';
import { compile } from '../../../src/engine/compile.js';

/** A machine, or several that send each other the events that their hosts pass on. */
export interface Subject {
  send(event: EventLike): void;
  matches(path: string): boolean;
  /** Everything that its future depends on, as plain data. */
  readonly situation: unknown;
}

export type Begin = (deliver: (emitted: EventLike) => void) => Subject;

/** One machine by itself. */
export function alone(machine: AnyStateMachine): Begin {
  return (deliver) => {
    const actor = start(compile(machine) as Chart<object, EventLike, EventLike, undefined>, { deliver });
    return {
      send: (event) => actor.send(event),
      matches: (path) => actor.matches(path),
      get situation() {
        return [actor.value, actor.context];
      },
    };
  };
}

/** A situation of the subject, and the first path that was found to it. */
export interface Place {
  readonly key: string;
  readonly matches: (path: string) => boolean;
  readonly before: Place | undefined;
  readonly event: EventLike | undefined;
  readonly steps: Map<EventLike, Step>;
}

export interface Step {
  readonly emitted: readonly EventLike[];
  readonly to: Place;
}

export class Course {
  readonly first: Place;
  private readonly begin: Begin;
  private readonly places = new Map<string, Place>();

  constructor(begin: Begin) {
    this.begin = begin;
    this.first = this.placeOf(
      begin(() => {}),
      undefined,
      undefined,
    );
  }

  step(from: Place, event: EventLike): Step {
    let step = from.steps.get(event);
    if (step === undefined) {
      step = this.take(from, event);
      from.steps.set(event, step);
    }
    return step;
  }

  private take(from: Place, event: EventLike): Step {
    const emitted: EventLike[] = [];
    const subject = this.lead(from, emitted);
    emitted.length = 0;
    subject.send(event);
    return { emitted, to: this.placeOf(subject, from, event) };
  }

  /** Returns a new subject in that situation. */
  private lead(place: Place, emitted: EventLike[]): Subject {
    if (place.before === undefined || place.event === undefined) return this.begin((each) => emitted.push(each));
    const subject = this.lead(place.before, emitted);
    subject.send(place.event);
    return subject;
  }

  /** The subject must receive no further event. */
  private placeOf(subject: Subject, before: Place | undefined, event: EventLike | undefined): Place {
    const key = JSON.stringify(subject.situation);
    let place = this.places.get(key);
    if (place === undefined) {
      place = { key, matches: (path) => subject.matches(path), before, event, steps: new Map() };
      this.places.set(key, place);
    }
    return place;
  }
}

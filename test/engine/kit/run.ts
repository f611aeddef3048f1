/** Actors whose emissions are recorded. */
import type { AnyStateMachine } from 'xstate';
import { type Actor, type EventLike, start } from '../../../src/engine/actor.js';
import type { Chart } from '../../../src/engine/chart.js';
import { compile } from '../../../src/engine/compile.js';

type AnyActor = Actor<Readonly<Record<string, unknown>>, EventLike, EventLike>;

export interface Run {
  readonly actor: AnyActor;
  /** The types of the delivered emissions. */
  readonly emitted: string[];
  /** Sends events by type. */
  send(...types: string[]): void;
}

export function chartOf(machine: AnyStateMachine): Chart<Readonly<Record<string, unknown>>, EventLike, EventLike> {
  return compile(machine) as Chart<Readonly<Record<string, unknown>>, EventLike, EventLike>;
}

/** Starts an actor; `listener` gets each emission after it was recorded. */
export function run(machine: AnyStateMachine, input?: unknown, listener?: (event: EventLike) => void): Run {
  const emitted: string[] = [];
  const deliver = (event: EventLike) => {
    emitted.push(event.type);
    listener?.(event);
  };
  const actor = start(chartOf(machine), { deliver }, input);
  const send = (...types: string[]) => {
    for (const type of types) actor.send({ type });
  };
  return { actor, emitted, send };
}

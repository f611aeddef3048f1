/** Actors whose emissions are kept. */
import type { AnyStateMachine } from 'xstate';
import { type Actor, type EventLike, start } from '../../../src/engine/actor.js';
import type { Chart } from '../../../src/engine/chart.js';
import { compile } from '../../../src/engine/compile.js';

type AnyActor = Actor<Readonly<Record<string, unknown>>, EventLike, EventLike>;

export interface Run {
  readonly actor: AnyActor;
  /** Types of what was delivered. */
  readonly told: string[];
  /** Sends events by type. */
  send(...types: string[]): void;
}

export function chartOf(machine: AnyStateMachine): Chart<Readonly<Record<string, unknown>>, EventLike, EventLike> {
  return compile(machine) as Chart<Readonly<Record<string, unknown>>, EventLike, EventLike>;
}

/** Starts an actor; `listener` is told of what is delivered, after it is noted. */
export function run(machine: AnyStateMachine, input?: unknown, listener?: (emitted: EventLike) => void): Run {
  const told: string[] = [];
  const deliver = (emitted: EventLike) => {
    told.push(emitted.type);
    listener?.(emitted);
  };
  const actor = start(chartOf(machine), { deliver }, input);
  const send = (...types: string[]) => {
    for (const type of types) actor.send({ type });
  };
  return { actor, told, send };
}

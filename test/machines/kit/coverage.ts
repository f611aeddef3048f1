/** Finds the transitions of a machine that no walk takes. */
import { type AnyStateMachine, type AnyTransitionDefinition, createActor } from 'xstate';
import { statesOf, transitionsOf } from '../../../scripts/diagrams/chart.js';
import { covers } from '../../../src/engine/match.js';
import { placesOf } from '../../engine/kit/places.js';
import type { Alphabet } from '../../engine/kit/walks.js';

export interface Coverage {
  readonly states: number;
  readonly transitions: readonly AnyTransitionDefinition[];
  readonly untaken: readonly AnyTransitionDefinition[];
}

/** Sends each event of the alphabet, as long as it may take an untaken transition, in each reachable situation. */
export function walk(machine: AnyStateMachine, { events, inputs = [undefined] }: Alphabet): Coverage {
  const states = statesOf(machine);
  const transitions = states.flatMap(transitionsOf);
  const untaken = new Set(transitions);
  const inspect = (inspected: object) => {
    const { _transitions } = inspected as { _transitions?: AnyTransitionDefinition[] };
    for (const transition of _transitions ?? []) untaken.delete(transition);
  };
  for (const input of inputs) {
    for (const { snapshot } of placesOf(machine, events, input)) {
      if (untaken.size === 0) break;
      if (snapshot.status !== 'active') continue;
      for (const event of events) {
        if (mayTake(untaken, event.type)) createActor(machine, { snapshot, inspect, input }).start().send(event);
      }
    }
  }
  return { states: states.length, transitions, untaken: [...untaken] };
}

/** Whether the event leads to one of the transitions: to those that no event of the program takes, any event may. */
function mayTake(transitions: Iterable<AnyTransitionDefinition>, type: string): boolean {
  for (const { eventType } of transitions) {
    if (eventType === '' || eventType.startsWith('xstate.') || covers(eventType, type)) return true;
  }
  return false;
}

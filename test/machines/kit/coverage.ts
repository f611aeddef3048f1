/** Finds the transitions of a machine that no walk takes. */
import { type AnyStateMachine, type AnyTransitionDefinition, createActor, type EventObject } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { statesOf, transitionsOf } from '../../../scripts/diagrams/chart.js';
import type { Alphabet } from '../../engine/kit/walks.js';

export interface Coverage {
  readonly states: number;
  readonly transitions: readonly AnyTransitionDefinition[];
  /** Combinations of state and context that the alphabet reaches. */
  readonly situations: number;
  readonly untaken: readonly AnyTransitionDefinition[];
}

/** Sends each event of the alphabet in each reachable situation. */
export function walk(machine: AnyStateMachine, { events, inputs = [undefined] }: Alphabet): Coverage {
  const states = statesOf(machine);
  const transitions = states.flatMap(transitionsOf);
  const untaken = new Set(transitions);
  const inspect = (inspected: object) => {
    const { _transitions } = inspected as { _transitions?: AnyTransitionDefinition[] };
    for (const transition of _transitions ?? []) untaken.delete(transition);
  };
  let situations = 0;
  for (const input of inputs) {
    const paths = getShortestPaths(machine, { events: events as readonly EventObject[], limit: Infinity, input });
    for (const { state: snapshot } of paths) {
      if (snapshot.status !== 'active') continue;
      for (const event of events) createActor(machine, { snapshot, inspect, input }).start().send(event);
    }
    situations += paths.length;
  }
  return { states: states.length, transitions, situations, untaken: [...untaken] };
}

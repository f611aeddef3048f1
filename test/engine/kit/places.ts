/** The places of a machine: what it can reach, and where it goes from there, by XState's interpreter. */
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';
import type { EventLike } from '../../../src/engine/actor.js';

/** A reachable combination of states and context. */
export interface Place {
  /** A shortest sequence of events that leads there. */
  readonly path: readonly EventLike[];
  readonly snapshot: AnyMachineSnapshot;
  /** What each event does there. An actor that is done takes none. */
  readonly branches: readonly Branch[];
}

interface Branch {
  readonly event: EventLike;
  readonly next: AnyMachineSnapshot;
  readonly emitted: readonly unknown[];
}

/** States, context and status, as text. */
export const placeText = ({
  value,
  context,
  status,
}: Pick<AnyMachineSnapshot, 'value' | 'context' | 'status'>): string => JSON.stringify([value, context, status]);

/**
 * All places that these events lead to, nearest first. `getShortestPaths` of xstate/graph finds them too, in a time that grows with
 * the square of their number.
 */
export function* placesOf(machine: AnyStateMachine, events: readonly EventLike[], input: unknown): Generator<Place> {
  const [first] = initialTransition(machine, input);
  const found: Omit<Place, 'branches'>[] = [{ path: [], snapshot: first }];
  const known = new Set([placeText(first)]);
  // It grows while it is read.
  for (const { path, snapshot } of found) {
    const branches = snapshot.status === 'active' ? events.map((event) => branchOf(machine, snapshot, event)) : [];
    for (const { event, next } of branches) {
      const text = placeText(next);
      if (!known.has(text)) found.push({ path: [...path, event], snapshot: next });
      known.add(text);
    }
    yield { path, snapshot, branches };
  }
}

function branchOf(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: EventLike): Branch {
  const [next, actions] = transition(machine, snapshot, event);
  // XState's types don't have this one.
  const emits = actions.filter((action) => (action.type as string) === 'xstate.emit');
  return { event, next, emitted: emits.map(({ params }) => (params as { event?: unknown }).event) };
}

/** What the actions of a machine emit, found by running them on all that the machine can be told. */
import type { AnyStateMachine, EventObject } from 'xstate';
import { getShortestPaths } from 'xstate/graph';

/** As `emit` makes it: an event, or what makes it of context and event. */
interface Emit {
  readonly type: 'xstate.emit';
  readonly event: EventObject | ((args: { context: unknown; event: EventObject }) => EventObject);
}

/** By name of the action: the types of what it emits. Actions that don't emit are missing. */
export type Emissions = ReadonlyMap<string, readonly string[]>;

export function emissionsOf(machine: AnyStateMachine, events: readonly EventObject[]): Emissions {
  const contexts = getShortestPaths(machine, { events, limit: Infinity }).map(({ state }) => state.context);
  const emissions = new Map<string, string[]>();
  for (const [name, action] of Object.entries(machine.implementations.actions)) {
    const { type, event: emitted } = action as unknown as Emit;
    if (type !== 'xstate.emit') continue;
    const types =
      typeof emitted === 'function'
        ? events.flatMap((event) => contexts.map((context) => emitted({ context, event }).type))
        : [emitted.type];
    emissions.set(name, [...new Set(types)].sort());
  }
  return emissions;
}

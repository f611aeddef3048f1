/** What the actions of a machine emit, found by walking it: what they could emit elsewhere isn't told. */
import { type AnyStateMachine, type EventObject, emit } from 'xstate';
import { getShortestPaths } from 'xstate/graph';

/** As `emit` makes it: an event, or what makes it of context and event. */
interface Emit {
  readonly type: 'xstate.emit';
  readonly event: EventObject | Make;
}

type Make = (args: { context: unknown; event: EventObject }, params: unknown) => EventObject;

/** What a machine can be told, and what it may be started with. */
export interface Alphabet {
  readonly events: readonly { readonly type: string }[];
  readonly inputs?: readonly unknown[];
}

/** By name of the action: the types of what it emits. Actions that emit nothing are missing. */
export type Emissions = ReadonlyMap<string, readonly string[]>;

/** Takes each event of the alphabet in each situation that can be reached. */
export function emissionsOf(machine: AnyStateMachine, { events, inputs = [undefined] }: Alphabet): Emissions {
  const emissions = new Map<string, Set<string>>();
  const actions: Record<string, unknown> = {};
  for (const [name, action] of Object.entries(machine.implementations.actions)) {
    const { type, event: emitted } = action as unknown as Emit;
    if (type !== 'xstate.emit') continue;
    const types = new Set(typeof emitted === 'function' ? [] : [emitted.type]);
    emissions.set(name, types);
    actions[name] = emit((args: Parameters<Make>[0], params: unknown) => {
      const event = typeof emitted === 'function' ? emitted(args, params) : emitted;
      types.add(event.type);
      return event;
    });
  }
  const listened = machine.provide({ actions } as Parameters<typeof machine.provide>[0]);
  for (const input of inputs) getShortestPaths(listened, { events: events as EventObject[], limit: Infinity, input });
  const found = [...emissions].filter(([, types]) => types.size > 0);
  return new Map(found.map(([name, types]) => [name, [...types].sort()]));
}

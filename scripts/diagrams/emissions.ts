/** What the actions of a machine emit, found by walking it: only emissions that can happen are listed. */
import { type AnyStateMachine, type EventObject, emit } from 'xstate';
import { getShortestPaths } from 'xstate/graph';

/** An action made by `emit`, with its event or the function that makes it. */
interface Emit {
  readonly type: 'xstate.emit';
  readonly event: EventObject | Make;
}

type Make = (args: { context: unknown; event: EventObject }, params: unknown) => EventObject;

/** A machine's events, and its possible inputs. */
export interface Alphabet {
  readonly events: readonly { readonly type: string }[];
  readonly inputs?: readonly unknown[];
}

/** The types that an action emits, by its name. Actions that emit nothing are missing. */
export type Emissions = ReadonlyMap<string, readonly string[]>;

/** Takes each event of the alphabet in each reachable situation. */
export function emissionsOf(machine: AnyStateMachine, { events, inputs = [undefined] }: Alphabet): Emissions {
  const emissions = new Map<string, Set<string>>();
  const actions: Record<string, unknown> = {};
  for (const [name, action] of Object.entries<unknown>(machine.implementations.actions)) {
    const { type, event: emitted } = action as Emit;
    if (type !== 'xstate.emit') continue;
    const types = new Set(typeof emitted === 'function' ? [] : [emitted.type]);
    emissions.set(name, types);
    actions[name] = emit((args: Parameters<Make>[0], params: unknown) => {
      const event = typeof emitted === 'function' ? emitted(args, params) : emitted;
      types.add(event.type);
      return event;
    });
  }
  const observed = machine.provide({ actions } as Parameters<typeof machine.provide>[0]);
  for (const input of inputs) getShortestPaths(observed, { events: events as EventObject[], limit: Infinity, input });
  const found = [...emissions].filter(([, types]) => types.size > 0);
  return new Map(found.map(([name, types]) => [name, [...types].sort()]));
}

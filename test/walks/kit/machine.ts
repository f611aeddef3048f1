/** Runs the production charts for a walk: records the transitions that they take, and copies them. */
import { type AnyStateMachine, type AnyTransitionDefinition, createActor } from 'xstate';
import { nameOf } from '../../../scripts/diagrams/chart.js';
import type { EventLike, StateValue } from '../../../src/engine/actor.js';
import type { Chart } from '../../../src/engine/chart.js';
import { compile } from '../../../src/engine/compile.js';
import { CompiledActor } from '../../../src/engine/compiled.js';
import type { Configuration } from '../../../src/engine/configuration.js';
import { machines } from '../../../src/machines/index.js';

type Transitions = readonly string[];

const known = new Map<string, Transitions>();

/** The transitions that an event takes in a state, as `request line.attached: net.closed [isCut] → line.gone.losing`. */
export function takenBy(chart: string, from: StateValue, event: EventLike, context: unknown): Transitions {
  const key = `${chart} ${JSON.stringify([from, context])} ${describe(event)}`;
  let taken = known.get(key);
  if (taken === undefined) {
    taken = ask(chart, from, event, context);
    known.set(key, taken);
  }
  return taken;
}

/** The parts of an event that guards can read: its flags and words. */
function describe(event: EventLike): string {
  const decides = Object.entries(event).filter(([, value]) => typeof value === 'boolean' || typeof value === 'string');
  return decides.map(([key, value]) => (key === 'chunk' ? '' : `${key}=${value}`)).join(' ');
}

/** Asks XState's interpreter. */
function ask(chart: string, from: StateValue, event: EventLike, context: unknown): Transitions {
  const machine = machines[chart] as AnyStateMachine;
  const taken = new Set<string>();
  const inspect = (inspected: object) => {
    const { _transitions = [] } = inspected as { _transitions?: AnyTransitionDefinition[] };
    for (const transition of _transitions) taken.add(`${chart} ${nameOf(transition)}`);
  };
  const snapshot = machine.resolveState({ value: from as never, context });
  if (snapshot.status === 'done') return [];
  createActor(machine, { snapshot, inspect }).start().send(event);
  return [...taken];
}

/** An actor of a chart, at rest between two acts of a walk. */
export class Machine<Event extends EventLike, Emission> {
  readonly #name: string;
  readonly #actor: CompiledActor<unknown, Event, Emission>;
  readonly #taken: Set<string>;

  constructor(name: string, deliver: (emission: Emission) => void, taken: Set<string>, before?: Place) {
    this.#name = name;
    this.#taken = taken;
    const chart = compile(machines[name] as AnyStateMachine) as unknown as Chart;
    this.#actor = new CompiledActor(chart, { deliver }, undefined);
    if (before === undefined) return;
    this.#actor.configuration = before.configuration;
    Object.assign(this.#actor.context as object, before.context);
  }

  send(event: Event): void {
    for (const transition of takenBy(this.#name, this.#actor.value, event, this.#actor.context)) {
      this.#taken.add(transition);
    }
    this.#actor.send(event);
  }

  matches(path: string): boolean {
    return this.#actor.matches(path);
  }

  /** Everything that its future depends on. */
  get at(): Place {
    const { configuration, context } = this.#actor;
    return { configuration, context: { ...(context as object) } };
  }

  get key(): string {
    const { configuration, context } = this.#actor;
    return `${configuration.index} ${JSON.stringify(context)}`;
  }
}

interface Place {
  readonly configuration: Configuration;
  readonly context: object;
}

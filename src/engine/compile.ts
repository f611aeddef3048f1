/**
 * Compiles xstate machines to charts: transition tables that are made on demand and shared by all actors of a machine.
 */
import type { AnyStateMachine, ContextFrom, EmittedFrom, EventFromLogic, InputFrom } from 'xstate';
import { ActorAccess, type Context, InitialArgs } from './args.js';
import { Chart, type Reading } from './chart.js';
import type { StateNode } from './model.js';
import { readChart } from './read.js';
import { UnsupportedChartError } from './refuse.js';

export type { Chart } from './chart.js';
export { UnsupportedChartError } from './refuse.js';

/** The chart of a machine. */
export type ChartOf<TMachine extends AnyStateMachine> = Chart<
  ContextFrom<TMachine>,
  EventFromLogic<TMachine>,
  EmittedFrom<TMachine>,
  InputFrom<TMachine>
>;

const MICROSTEPS = 1000;

const charts = new WeakMap<AnyStateMachine, Chart>();
const machines = new WeakMap<Chart, AnyStateMachine>();

/**
 * Compiles a machine. Later calls return the same chart.
 *
 * @throws UnsupportedChartError if the machine uses a feature that statewire doesn't compile
 */
export function compile<TMachine extends AnyStateMachine>(machine: TMachine): ChartOf<TMachine> {
  let chart = charts.get(machine);
  if (chart === undefined) {
    const { maxIterations } = machine.options;
    const limit = Math.min(maxIterations ?? MICROSTEPS, MICROSTEPS);
    chart = new Chart(machine.id, readerOf(machine), limit);
    charts.set(machine, chart);
    machines.set(chart, machine);
  }
  return chart as ChartOf<TMachine>;
}

/** The machine that a chart was compiled from. */
export function machineOf(chart: Chart): AnyStateMachine {
  return machines.get(chart)!;
}

/** An unsupported feature is refused now; the rest can wait. */
function readerOf(machine: AnyStateMachine): () => Reading {
  const read = readChart(machine);
  return () => {
    const { root, context } = read();
    return { root, createContext: contextFactory(machine.id, root, context) };
  };
}

/** Each actor gets its own object, since contexts are assigned in place; one that nothing assigns to is shared. */
function contextFactory(id: string, root: StateNode, context: unknown): (input: unknown) => Context {
  if (typeof context !== 'function') {
    const given = context as Context | undefined;
    // V8 leaves room for more in a copy, unless the original is a literal.
    if (assigns(root)) return () => ({ ...given });
    const shared = Object.freeze({ ...given });
    return () => shared;
  }
  const create = context as (args: InitialArgs) => Context;
  return (input) => {
    try {
      return { ...create(new InitialArgs(input)) };
    } catch (error) {
      if (!(error instanceof ActorAccess)) throw error;
      throw new UnsupportedChartError(id, id, `the use of '${error.property}'`);
    }
  };
}

/** Whether an action in or below `node` changes the context. */
function assigns(node: StateNode): boolean {
  const transitions = [...node.on.values(), node.always].flat();
  const actions = [...node.entry, ...node.exit, ...transitions.flatMap((each) => each.actions)];
  return actions.some(({ kind }) => kind === 'assign') || node.children.some(assigns);
}

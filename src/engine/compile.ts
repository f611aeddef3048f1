/**
 * xstate machines to charts: transition tables, made as they are needed and shared by all actors of a machine.
 */
import type { AnyStateMachine, ContextFrom, EmittedFrom, EventFromLogic, InputFrom } from 'xstate';
import { ActorAccess, type Context, InitialArgs } from './args.js';
import { Chart } from './chart.js';
import type { StateNode } from './model.js';
import { readChart } from './read.js';
import { UnsupportedChartError } from './refuse.js';

export type { Chart } from './chart.js';
export { UnsupportedChartError } from './refuse.js';

/** The chart that a machine compiles to. */
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
 * Compiles a machine, once.
 *
 * @throws UnsupportedChartError if the machine uses a feature that statewire doesn't compile
 */
export function compile<TMachine extends AnyStateMachine>(machine: TMachine): ChartOf<TMachine> {
  let chart = charts.get(machine);
  if (chart === undefined) {
    const { maxIterations } = machine.options;
    const limit = Math.min(maxIterations ?? MICROSTEPS, MICROSTEPS);
    const root = readChart(machine);
    chart = new Chart(machine.id, root, contextFactory(machine, root), limit);
    charts.set(machine, chart);
    machines.set(chart, machine);
  }
  return chart as ChartOf<TMachine>;
}

/** The machine that a chart was compiled from. */
export function machineOf(chart: Chart): AnyStateMachine {
  return machines.get(chart)!;
}

/** Every actor gets an object of its own, since contexts are assigned in place; an empty one can be shared. */
function contextFactory(machine: AnyStateMachine, root: StateNode): (input: unknown) => Context {
  const { context } = machine.config;
  if (typeof context !== 'function') {
    const shared = Object.freeze({ ...(context as Context | undefined) });
    return assigns(root) ? () => ({ ...shared }) : () => shared;
  }
  const create = context as unknown as (args: InitialArgs) => Context;
  return (input) => {
    try {
      return { ...create(new InitialArgs(input)) };
    } catch (error) {
      if (!(error instanceof ActorAccess)) throw error;
      throw new UnsupportedChartError(machine.id, machine.id, `the use of '${error.property}'`);
    }
  };
}

/** Whether anything in or below `node` changes the context. */
function assigns(node: StateNode): boolean {
  const transitions = [...node.on.values(), node.always].flat();
  const actions = [...node.entry, ...node.exit, ...transitions.flatMap((each) => each.actions)];
  return actions.some(({ kind }) => kind === 'assign') || node.children.some(assigns);
}

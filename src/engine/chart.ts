import type { Context } from './args.js';
import { Configuration, type Configurations, type Step, stepOf } from './configuration.js';
import { enterChart, isComplete } from './microstep.js';
import { byOrder, type StateNode, type StateValue, selfAndAncestors } from './model.js';

/** Something that is in a state of a chart. */
export interface Located {
  /** Undefined while XState interprets the chart. */
  readonly configuration: Configuration | undefined;
  matches(partial: StateValue): boolean;
}

/** A compiled chart. */
export class Chart<TContext = unknown, TEvent = unknown, TEmitted = unknown, TInput = unknown>
  implements Configurations
{
  /** Exists in types only: the types of the chart's actors. */
  declare readonly types?: { context: TContext; event: TEvent; emitted: TEmitted; input: TInput };
  /** The machine's id. */
  readonly id: string;
  /** The tree of states, with tags, meta and description. */
  readonly root: StateNode;
  /** The number of microsteps after one event from which the chart counts as looping. */
  readonly limit: number;
  /** Makes the context of a new actor. */
  readonly createContext: (input: unknown) => Context;
  /** The first step of every actor. */
  readonly initial: Step;
  /** Starting an actor has no effects. */
  readonly isQuiet: boolean;
  private readonly configurations = new Map<string, Configuration>();

  constructor(id: string, root: StateNode, createContext: (input: unknown) => Context, limit: number) {
    this.id = id;
    this.root = root;
    this.createContext = createContext;
    this.limit = limit;
    const entry = enterChart(root);
    this.initial = stepOf(entry, this.configuration(entry.leaves, entry.done));
    this.isQuiet = entry.effects.length === 0 && this.initial.next.always === null;
  }

  configuration(leaves: readonly StateNode[], done: boolean): Configuration {
    const ordered = done ? [...leaves].sort(byOrder) : canonical(leaves);
    const key = `${ordered.map((leaf) => leaf.order).join('.')}${done ? ' done' : ''}`;
    let configuration = this.configurations.get(key);
    if (configuration === undefined) {
      configuration = new Configuration(this, this.configurations.size, ordered, done);
      this.configurations.set(key, configuration);
    }
    return configuration;
  }

  /** The configuration with this complete value: for tools that have seen the value of an actor. */
  configurationOf(value: StateValue): Configuration {
    const leaves = leavesOf(this.root, value);
    return this.configuration(leaves, isComplete(this.root, new Set(leaves)));
  }

  /**
   * Prepares `actor.matches(partial)`: `const isOpen = chart.matcher('writing.open')`, later `isOpen(actor)`.
   */
  matcher(partial: StateValue): (actor: Located) => boolean {
    const verdicts: (boolean | undefined)[] = [];
    return (actor) => {
      const { configuration } = actor;
      if (configuration === undefined) return actor.matches(partial);
      const { index } = configuration;
      const known = verdicts[index];
      if (known !== undefined) return known;
      const verdict = configuration.matches(partial);
      verdicts[index] = verdict;
      return verdict;
    };
  }
}

/**
 * Orders leaves so that configurations with the same behaviour are one.
 *
 * XState looks for eventless transitions leaf by leaf, in the order in which the leaves were entered. Only leaves that
 * lead to an eventless transition keep that order.
 */
function canonical(leaves: readonly StateNode[]): StateNode[] {
  const ordered = leaves.filter(hasAlways);
  return [...ordered, ...leaves.filter((leaf) => !hasAlways(leaf)).sort(byOrder)];
}

function leavesOf(node: StateNode, value: StateValue): StateNode[] {
  if (node.children.length === 0) return [node];
  const entries: [string, StateValue][] = typeof value === 'string' ? [[value, {}]] : Object.entries(value);
  if (entries.length !== (node.kind === 'compound' ? 1 : node.children.length)) throw new Error(misfit(node, value));
  return entries.flatMap(([key, inner]) => {
    const child = node.children.find((each) => each.key === key);
    if (child === undefined) throw new Error(misfit(node, value));
    return leavesOf(child, inner);
  });
}

function misfit(node: StateNode, value: StateValue): string {
  return `State '${node.id}' has no value ${JSON.stringify(value)}`;
}

function hasAlways(leaf: StateNode): boolean {
  return [...selfAndAncestors(leaf)].some((node) => node.always.length > 0);
}

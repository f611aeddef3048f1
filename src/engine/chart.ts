import type { Context } from './args.js';
import { Configuration, type Configurations, type Step, stepOf } from './configuration.js';
import { codeOf } from './history.js';
import { enterChart, isComplete } from './microstep.js';
import { byOrder, type StateNode, type StateValue, selfAndAncestors } from './model.js';

/** Something that is in a state of a chart. */
export interface Located {
  /** Undefined while XState interprets the chart. */
  readonly configuration: Configuration | undefined;
  matches(partial: StateValue): boolean;
}

/** What a machine says, once it has been read. */
export interface Reading {
  /** The tree of states, with tags, meta and description. */
  readonly root: StateNode;
  /** Makes the context of a new actor. */
  readonly createContext: (input: unknown) => Context;
}

/** What every actor starts with. */
interface Start {
  readonly createContext: (input: unknown) => Context;
  /** The first step. */
  readonly initial: Step;
  /** Starting an actor has no effects. */
  readonly isQuiet: boolean;
}

/** A compiled chart. Its tables are made on demand. */
export class Chart<TContext = unknown, TEvent = unknown, TEmitted = unknown, TInput = unknown>
  implements Configurations
{
  /** Exists in types only: the types of the chart's actors. */
  declare readonly types?: { context: TContext; event: TEvent; emitted: TEmitted; input: TInput };
  /** The machine's id. */
  readonly id: string;
  /** The number of microsteps after one event from which the chart counts as looping. */
  readonly limit: number;
  private readonly read: () => Reading;
  private reading: Reading | undefined;
  private starts: Start | undefined;
  private readonly configurations = new Map<string, Configuration>();

  /** @param read is called when the first actor starts, or a tool looks at the chart */
  constructor(id: string, read: () => Reading, limit: number) {
    this.id = id;
    this.read = read;
    this.limit = limit;
  }

  /** The tree of states, with tags, meta and description. */
  get root(): StateNode {
    this.reading ??= this.read();
    return this.reading.root;
  }

  get start(): Start {
    return this.starts ?? this.prepareStart();
  }

  private prepareStart(): Start {
    const entry = enterChart(this.root);
    const first = this.configuration(entry.leaves, entry.done);
    const initial = stepOf(entry, first, codeOf(this.id, undefined, 'xstate.init', first));
    const isQuiet = entry.effects.length === 0 && initial.next.always === null;
    this.starts = { createContext: this.reading!.createContext, initial, isQuiet };
    return this.starts;
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

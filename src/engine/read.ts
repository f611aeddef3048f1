/**
 * Reads an xstate machine into the model of model.ts.
 *
 * Only this file knows how xstate represents a chart in memory. It refuses the features that tables can't hold: nothing is
 * dropped silently.
 */
import { type AnyStateMachine, type AnyStateNode, and, not, or } from 'xstate';
import { compileAction, paramsOf, withParams } from './actions.js';
import type { Args } from './args.js';
import {
  bareNode,
  byOrder,
  type Guard,
  isInside,
  type Predicate,
  type StateNode,
  type StateValue,
  type Transition,
} from './model.js';
import { UnsupportedChartError } from './refuse.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type XStateTransition = NonNullable<ReturnType<AnyStateNode['transitions']['get']>>[number];
type Refuse = (feature: string) => never;

/** What is read of a machine. */
export interface Source {
  readonly root: StateNode;
  /** The first context, or a function that makes it. */
  readonly context: unknown;
}

/**
 * Reads the chart of `machine`. In the package the charts were read when it was built, and the tree is made when it is asked
 * for (printed.ts).
 *
 * @throws UnsupportedChartError
 */
export function readChart(machine: AnyStateMachine): () => Source {
  const source = { root: new Reader(machine).read(), context: (machine.config as { context?: unknown }).context };
  return () => source;
}

class Reader {
  private readonly machine: AnyStateMachine;
  private readonly nodes = new Map<AnyStateNode, Writable<StateNode>>();

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
  }

  read(): StateNode {
    const root = this.readNode(this.machine.root, undefined);
    // A target can be any state, so transitions are read when all states are known.
    for (const [source, node] of this.nodes) this.readBehaviour(source, node);
    return root;
  }

  private refuserAt(source: AnyStateNode): Refuse {
    return (feature) => {
      throw new UnsupportedChartError(this.machine.id, source.id, feature);
    };
  }

  private readNode(source: AnyStateNode, parent: StateNode | undefined): StateNode {
    this.refuseStructure(source);
    if ([...this.nodes.keys()].some((each) => each.id === source.id))
      this.refuserAt(source)('an id used by two states');
    const children: StateNode[] = [];
    const node: Writable<StateNode> = bareNode({
      id: source.id,
      key: source.key,
      kind: source.type as StateNode['kind'],
      order: source.order,
      parent,
      children,
      tags: source.tags,
      description: source.description,
      meta: source.meta,
    });
    this.nodes.set(source, node);
    for (const child of Object.values(source.states)) children.push(this.readNode(child, node));
    children.sort(byOrder);
    if (source.type === 'compound') node.initial = this.nodes.get(source.initial.target[0]!);
    return node;
  }

  private refuseStructure(source: AnyStateNode): void {
    const refuse = this.refuserAt(source);
    const { config } = source;
    if (source.type === 'history' || source.history) refuse('a history state');
    if (config.invoke !== undefined) refuse('invoke');
    if (config.after !== undefined) refuse('after (a delayed transition)');
    if ('route' in config && config.route !== undefined) refuse('route');
    if (source.type === 'parallel' && Object.keys(source.states).length === 0)
      refuse('a parallel state without regions');
    if (source.type === 'final' && Object.keys(source.states).length > 0) refuse('a final state with children');
    if (source.parent === undefined && source.output !== undefined) refuse('output of the machine');
    if (source.parent !== undefined && /[.\\#]/.test(source.key))
      refuse(`the key '${source.key}' (a dot, # or \\ in it)`);
    if (source.initial.actions.length > 0) refuse('an action of the initial transition');
  }

  private readBehaviour(source: AnyStateNode, node: Writable<StateNode>): void {
    const refuse = this.refuserAt(source);
    const action = (reference: unknown) => compileAction(reference, this.machine.implementations.actions, refuse);
    node.entry = source.entry.map(action);
    node.exit = source.exit.map(action);
    node.always = (source.always ?? []).map((each) => this.readTransition(each, node, refuse));
    node.on = new Map(
      [...source.transitions].map(([descriptor, candidates]) => {
        if (/\*./.test(descriptor)) refuse(`the event descriptor '${descriptor}' (a wildcard that isn't its end)`);
        return [descriptor, candidates.map((each) => this.readTransition(each, node, refuse))];
      }),
    );
    const { output } = source;
    if (output !== undefined) {
      node.output = typeof output === 'function' ? (output as (args: Args) => unknown) : () => output;
    }
  }

  private readTransition(source: XStateTransition, node: StateNode, refuse: Refuse): Transition {
    const targets = source.target?.map((target) => this.nodes.get(target)!);
    if (targets !== undefined) refuseOverlap(targets, refuse);
    return {
      source: node,
      targets: targets?.length ? targets : undefined,
      reenter: source.reenter,
      guard: source.guard === undefined ? undefined : this.readGuard(source.guard, refuse, []),
      actions: source.actions.map((each) => compileAction(each, this.machine.implementations.actions, refuse)),
    };
  }

  /** `path` holds the names that are being resolved, to detect a guard made of itself. */
  private readGuard(reference: unknown, refuse: Refuse, path: readonly string[]): Guard {
    if (typeof reference === 'function') return this.readGuardFunction(reference, undefined, refuse, path);
    const named = typeof reference === 'string' ? { type: reference } : (reference as { readonly type: string });
    const implementation: unknown = this.machine.implementations.guards[named.type];
    if (implementation === undefined) return refuse(`guard '${named.type}', which setup() doesn't define,`);
    if (path.includes(named.type)) return refuse(`guard '${named.type}', made of itself,`);
    const deeper = [...path, named.type];
    if (typeof implementation !== 'function') return this.readGuard(implementation, refuse, deeper);
    return this.readGuardFunction(implementation, named, refuse, deeper);
  }

  private readGuardFunction(
    implementation: object,
    reference: { readonly type: string } | undefined,
    refuse: Refuse,
    path: readonly string[],
  ): Guard {
    if (!('check' in implementation)) {
      const test = implementation as (args: Args, params?: unknown) => unknown;
      const name = reference?.type ?? (test.name || '(inline)');
      const params = reference === undefined ? undefined : paramsOf(reference);
      return { kind: 'test', name, test: withParams(test, params) as Predicate };
    }
    if ('stateValue' in implementation) return this.readStateIn(implementation.stateValue as StateValue, refuse);
    const { check, guards } = implementation as { readonly check: unknown; readonly guards: readonly unknown[] };
    const kind = combinators.get(check);
    if (kind === undefined) return refuse(`guard '${(implementation as { name?: string }).name}'`);
    const inner = guards.map((each) => this.readGuard(each, refuse, path));
    return kind === 'not' ? { kind, guard: inner[0]! } : { kind, guards: inner };
  }

  private readStateIn(value: StateValue, refuse: Refuse): Guard {
    if (typeof value !== 'string' || !value.startsWith('#')) return { kind: 'matches', value };
    try {
      return { kind: 'inState', node: this.nodes.get(this.machine.getStateNodeById(value))! };
    } catch {
      return refuse(`stateIn('${value}'), which names no state,`);
    }
  }
}

/** XState's combinators by the function that evaluates them, since names don't survive bundling. */
const combinators = new Map<unknown, 'and' | 'or' | 'not'>([
  [checkOf(and([])), 'and'],
  [checkOf(or([])), 'or'],
  [checkOf(not('')), 'not'],
]);

function checkOf(combinator: unknown): unknown {
  return (combinator as { readonly check: unknown }).check;
}

/** Targets of one transition must lie in different regions: otherwise a state would have two active children. */
function refuseOverlap(targets: readonly StateNode[], refuse: Refuse): void {
  for (const [i, a] of targets.entries()) {
    for (const b of targets.slice(i + 1)) {
      let meeting: StateNode | undefined = a;
      while (meeting !== undefined && meeting !== b && !isInside(b, meeting)) meeting = meeting.parent;
      if (meeting === a || meeting === b || meeting?.kind !== 'parallel') {
        refuse(`a transition to both '${a.id}' and '${b.id}', which can't be active together,`);
      }
    }
  }
}

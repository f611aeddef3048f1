/**
 * The charts in the package. They are read by XState when the package is built, and printed; here a tree is made of a print when
 * the first actor of the chart starts. So neither XState nor its check of the charts is loaded with the package.
 *
 * In the package this file takes the place of `xstate` for src/machines, and of read.ts for the charts that are made here
 * (scripts/build/charts.mjs). Only names are printed: the functions are those that `setup` was given.
 */
import { compileAction } from './actions.js';
import type { Context } from './args.js';
import { bareNode, type Guard, type Predicate, type StateNode, type StateValue, type Transition } from './model.js';
import type { Source } from './read.js';

/** A guard as data: its name, or a combination. */
export type PrintedGuard =
  | string
  | { readonly and: readonly PrintedGuard[] }
  | { readonly or: readonly PrintedGuard[] }
  | { readonly not: PrintedGuard }
  | { readonly inState: number }
  | { readonly matches: StateValue };

export interface PrintedTransition {
  /** Positions of its targets in the list of states. */
  readonly to?: readonly number[];
  readonly reenter?: true;
  readonly guard?: PrintedGuard;
  /** Names of its actions. */
  readonly do?: readonly string[];
}

/** A state as data. Lists that are empty are left out, and so are descriptions: only drawings have them. */
export interface PrintedState {
  /** If it isn't what `idIn` makes. */
  readonly id?: string;
  readonly key: string;
  /** 'atomic' if it is left out. */
  readonly kind?: StateNode['kind'];
  /** Positions in the list of states, which is in document order. */
  readonly parent?: number;
  readonly initial?: number;
  readonly entry?: readonly string[];
  readonly exit?: readonly string[];
  readonly on?: Readonly<Record<string, readonly PrintedTransition[]>>;
  readonly always?: readonly PrintedTransition[];
  readonly tags?: readonly string[];
  readonly meta?: unknown;
}

/** The id of a state that has none of its own. */
export const idIn = (parent: StateNode | undefined, key: string): string | undefined => parent && `${parent.id}.${key}`;

interface Implementations {
  readonly guards: Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, unknown>>;
}

/** A machine as far as the tables need it. */
export class PrintedMachine {
  readonly id: string;
  readonly context: Context;
  readonly options = {};
  readonly implementations: Implementations;
  /** JSON: it costs least until it is needed. */
  readonly states: string;

  constructor(id: string, context: Context, states: string, implementations: Implementations) {
    this.id = id;
    this.context = context;
    this.states = states;
    this.implementations = implementations;
  }
}

/** What read.ts reads of the machine. */
export function inflate({ id, context, states, implementations }: PrintedMachine): Source {
  const printed = JSON.parse(states) as readonly PrintedState[];
  const nodes: Mutable[] = [];
  const { guards, actions } = implementations;

  const refuse = (feature: string): never => {
    throw new Error(`The print of '${id}' is stale: ${feature}`);
  };
  const action = (name: string) => compileAction(name, actions, refuse);
  const transition = (source: StateNode, { to, reenter, guard, do: names = [] }: PrintedTransition): Transition => ({
    source,
    targets: to?.map((position) => nodes[position]!),
    reenter: reenter === true,
    guard: guard === undefined ? undefined : guardOf(guard),
    actions: names.map(action),
  });

  function guardOf(guard: PrintedGuard): Guard {
    if (typeof guard === 'string') return { kind: 'test', name: guard, test: guards[guard] as Predicate };
    if ('and' in guard) return { kind: 'and', guards: guard.and.map(guardOf) };
    if ('or' in guard) return { kind: 'or', guards: guard.or.map(guardOf) };
    if ('not' in guard) return { kind: 'not', guard: guardOf(guard.not) };
    if ('inState' in guard) return { kind: 'inState', node: nodes[guard.inState]! };
    return { kind: 'matches', value: guard.matches };
  }

  for (const [order, { key, kind = 'atomic', tags = [], meta, ...state }] of printed.entries()) {
    const parent = state.parent === undefined ? undefined : nodes[state.parent];
    const id = state.id ?? idIn(parent, key)!;
    const node: Mutable = bareNode({ id, key, kind, order, parent, children: [], tags, description: undefined, meta });
    nodes.push(node);
    parent?.children.push(node);
  }
  for (const [order, { initial, entry = [], exit = [], on = {}, always = [] }] of printed.entries()) {
    const node = nodes[order]!;
    node.initial = initial === undefined ? undefined : nodes[initial];
    node.entry = entry.map(action);
    node.exit = exit.map(action);
    node.always = always.map((each) => transition(node, each));
    node.on = new Map(Object.entries(on).map(([type, all]) => [type, all.map((each) => transition(node, each))]));
  }
  return { root: nodes[0]!, context };
}

type Mutable = { -readonly [Key in keyof StateNode]: StateNode[Key] } & { children: StateNode[] };

type Printed = { print(id: string, context: Context, states: string): PrintedMachine };
type Setup = Printed & { extend(more: Partial<Implementations>): Setup };

/** XState's `setup`, for implementations. `print` takes the place of `createMachine`. */
export function setup({ guards = {}, actions = {} }: Partial<Implementations>): Setup {
  return {
    extend: (more) => setup({ guards: { ...guards, ...more.guards }, actions: { ...actions, ...more.actions } }),
    print: (id, context, states) => new PrintedMachine(id, context, states, { guards, actions }),
  };
}

/** An action as XState marks it (actions.ts). */
const marked = (properties: { readonly type: string; readonly assignment?: unknown; readonly event?: unknown }) =>
  Object.assign(() => undefined, properties, { resolve: undefined });

export const assign = (assignment: unknown) => marked({ type: 'xstate.assign', assignment });
export const emit = (event: unknown) => marked({ type: 'xstate.emit', event });
export const raise = (event: unknown) => marked({ type: 'xstate.raise', event });

/** Combined guards are in the print. */
const combined = (): undefined => undefined;

export { combined as and, combined as not, combined as or, combined as stateIn };

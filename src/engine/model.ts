/**
 * The compiler's model of a chart: a tree of states with all names resolved, free of xstate.
 *
 * read.ts builds the model or refuses the chart. The tables (configuration.ts, microstep.ts) are made from the model alone.
 */
import type { Args } from './args.js';

/** XState's shape: `'idle'`, or `{ reading: 'body', writing: { open: 'head' } }`. */
export type StateValue = string | { readonly [key: string]: StateValue };

/** An actor at one moment. */
export interface Snapshot<TContext> {
  readonly value: StateValue;
  /** A shallow copy. */
  readonly context: TContext;
  readonly status: 'active' | 'done' | 'error';
  readonly tags: ReadonlySet<string>;
}

type StateKind = 'atomic' | 'compound' | 'parallel' | 'final';

export interface StateNode {
  readonly id: string;
  readonly key: string;
  readonly kind: StateKind;
  /** Position in document order, parents before children. */
  readonly order: number;
  readonly parent: StateNode | undefined;
  /** In document order. */
  readonly children: readonly StateNode[];
  /** The child that a compound state starts in. */
  readonly initial: StateNode | undefined;
  readonly entry: readonly Action[];
  readonly exit: readonly Action[];
  /** Candidates by event descriptor; the first that matches wins. */
  readonly on: ReadonlyMap<string, readonly Transition[]>;
  /** Eventless candidates. */
  readonly always: readonly Transition[];
  /** Of a final state: computes the output of its done event. */
  readonly output: ((args: Args) => unknown) | undefined;
  readonly tags: readonly string[];
  readonly description: string | undefined;
  readonly meta: unknown;
}

type Behaviour = 'initial' | 'entry' | 'exit' | 'on' | 'always' | 'output';

/** A state whose behaviour is not read yet. */
export function bareNode<Known extends Omit<StateNode, Behaviour>>(known: Known): Known & Pick<StateNode, Behaviour> {
  return { ...known, initial: undefined, entry: [], exit: [], on: new Map(), always: [], output: undefined };
}

export interface Transition {
  readonly source: StateNode;
  /** Undefined when the transition changes no state. */
  readonly targets: readonly StateNode[] | undefined;
  readonly reenter: boolean;
  readonly guard: Guard | undefined;
  readonly actions: readonly Action[];
}

/** A compiled action. It changes the context, the outbox or the queue of raised events. */
export interface Action {
  readonly name: string;
  readonly kind: 'assign' | 'emit' | 'raise';
  readonly run: Effect;
  /** Of kind `emit`: what it emits. */
  readonly emission?: Emission;
}

/** What an `emit` emits: a constant, or the value of an expression of context and event. */
export type Emission =
  | { readonly make: undefined; readonly value: unknown }
  | { readonly make: (args: Args) => unknown; readonly value: undefined };

export type Effect = (args: Args) => void;

export type Predicate = (args: Args) => unknown;

export type Guard =
  | { readonly kind: 'test'; readonly name: string; readonly test: Predicate }
  | { readonly kind: 'and' | 'or'; readonly guards: readonly Guard[] }
  | { readonly kind: 'not'; readonly guard: Guard }
  | { readonly kind: 'inState'; readonly node: StateNode }
  | { readonly kind: 'matches'; readonly value: StateValue };

/** Whether `node` lies strictly inside `ancestor`; `undefined` stands outside the root and contains all nodes. */
export function isInside(node: StateNode, ancestor: StateNode | undefined): boolean {
  if (ancestor === undefined) return true;
  for (let up = node.parent; up !== undefined; up = up.parent) if (up === ancestor) return true;
  return false;
}

export function isLeaf(node: StateNode): boolean {
  return node.kind === 'atomic' || node.kind === 'final';
}

/** `node`, then its ancestors up to the root. */
export function* selfAndAncestors(node: StateNode): Generator<StateNode> {
  for (let up: StateNode | undefined = node; up !== undefined; up = up.parent) yield up;
}

export function byOrder(a: StateNode, b: StateNode): number {
  return a.order - b.order;
}

/**
 * The chart as the compiler reads it: a tree of states with every name resolved, free of xstate.
 *
 * read.ts builds it, or refuses to; the tables (configuration.ts, microstep.ts) are made from it and from nothing else.
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
  /** Position in the document, parents before children. */
  readonly order: number;
  readonly parent: StateNode | undefined;
  /** In document order. */
  readonly children: readonly StateNode[];
  /** The child that a compound state starts in. */
  readonly initial: StateNode | undefined;
  readonly entry: readonly Action[];
  readonly exit: readonly Action[];
  /** Event descriptor to the candidates, first match wins. */
  readonly on: ReadonlyMap<string, readonly Transition[]>;
  /** Eventless candidates. */
  readonly always: readonly Transition[];
  /** Of a final state: computes what its done event carries. */
  readonly output: ((args: Args) => unknown) | undefined;
  readonly tags: readonly string[];
  readonly description: string | undefined;
  readonly meta: unknown;
}

export interface Transition {
  readonly source: StateNode;
  /** Undefined when the transition stays where it is. */
  readonly targets: readonly StateNode[] | undefined;
  readonly reenter: boolean;
  readonly guard: Guard | undefined;
  readonly actions: readonly Action[];
}

/** A compiled action. What it does lands in the context, the outbox or the queue of raised events. */
export interface Action {
  readonly name: string;
  readonly kind: 'assign' | 'emit' | 'raise';
  readonly run: Effect;
  /** Of an `emit`: what it emits. */
  readonly emission?: Emission;
}

/** What an `emit` emits: always the same thing, or what an expression makes of context and event. */
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

/** Whether `node` lies strictly inside `ancestor`; everything lies inside `undefined`, the world around the root. */
export function isInside(node: StateNode, ancestor: StateNode | undefined): boolean {
  if (ancestor === undefined) return true;
  for (let up = node.parent; up !== undefined; up = up.parent) if (up === ancestor) return true;
  return false;
}

export function isLeaf(node: StateNode): boolean {
  return node.kind === 'atomic' || node.kind === 'final';
}

/** The chain from `node` up to the root, `node` first. */
export function* selfAndAncestors(node: StateNode): Generator<StateNode> {
  for (let up: StateNode | undefined = node; up !== undefined; up = up.parent) yield up;
}

export function byOrder(a: StateNode, b: StateNode): number {
  return a.order - b.order;
}

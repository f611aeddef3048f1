/**
 * One microstep: from a configuration and the transitions selected in it to the next configuration.
 *
 * This is the SCXML algorithm (https://www.w3.org/TR/scxml/#microstepProcedure) as XState implements it. Its result depends
 * only on the configuration and the transitions, so it runs once for each pair; at run time only a list of effects and
 * the next configuration are left.
 *
 * Loading a chart guarantees that each active compound state has one active child and each active parallel state has all
 * its children active (see refuseOverlap). So the active leaves determine all active states.
 */
import type { Args } from './args.js';
import { raisedEvents } from './frames.js';
import {
  type Action,
  byOrder,
  type Effect,
  type Emission,
  isInside,
  isLeaf,
  type StateNode,
  selfAndAncestors,
  type Transition,
} from './model.js';

/** The result of a microstep, before its configuration is interned. */
export interface Microstep {
  readonly effects: readonly Effect[];
  /** Leaves in order of activation: the remaining ones, then the entered ones. */
  readonly leaves: readonly StateNode[];
  /** The machine has reached a final state at its top. */
  readonly done: boolean;
  /** Whether the microstep may change the context or the states. */
  readonly changes: boolean;
  /** All its effects, if every effect is an emission. */
  readonly emissions: readonly Emission[] | undefined;
}

/** Effects in the order in which they run. */
class Script {
  readonly effects: Effect[] = [];
  assigns = false;
  private readonly emitted: Emission[] = [];

  append(actions: readonly Action[]): void {
    for (const { kind, run, emission } of actions) {
      this.effects.push(run);
      if (emission !== undefined) this.emitted.push(emission);
      if (kind === 'assign') this.assigns = true;
    }
  }

  get emissions(): readonly Emission[] | undefined {
    return this.effects.length === this.emitted.length ? this.emitted : undefined;
  }
}

/** The first microstep of every actor. */
export function enterChart(root: StateNode): Microstep {
  const script = new Script();
  const entered: StateNode[] = [];
  enter(root, new Set(), entered);
  const done = enterStates(entered, new Set(), script);
  return { effects: script.effects, leaves: entered.filter(isLeaf), done, changes: true, emissions: script.emissions };
}

/** Takes those of the `selected` transitions that don't conflict. */
export function takeTransitions(leaves: readonly StateNode[], selected: readonly Transition[]): Microstep {
  const script = new Script();
  const active = activeStates(leaves);
  const transitions = withoutConflicts(selected, active);
  const exited = [...active].filter((node) => transitions.some((each) => exits(each, node)));
  for (const node of exited.sort(byOrder).reverse()) script.append(node.exit);
  for (const { actions } of transitions) script.append(actions);

  for (const node of exited) active.delete(node);
  const entered = transitions.flatMap(statesToEnter).sort(byOrder);
  const next = [...leaves.filter((leaf) => active.has(leaf)), ...entered.filter(isLeaf)];
  const done = enterStates(entered, active, script);

  const same = next.length === leaves.length && next.every((leaf) => leaves.includes(leaf));
  return {
    effects: script.effects,
    // When a microstep ends with the states it began with, XState keeps its list of them, and so their order.
    leaves: same ? leaves : next,
    done,
    changes: !same || done || script.assigns,
    emissions: script.emissions,
  };
}

export function activeStates(leaves: readonly StateNode[]): Set<StateNode> {
  return new Set(leaves.flatMap((leaf) => [...selfAndAncestors(leaf)]));
}

/**
 * Adds to the `active` states, in document order. A machine that becomes done then exits all states.
 * @returns whether the machine is done
 */
function enterStates(entered: readonly StateNode[], active: Set<StateNode>, script: Script): boolean {
  const completed = new Set<StateNode>();
  let done = false;
  for (const node of entered) {
    active.add(node);
    script.append(node.entry);
    if (node.kind === 'final') done = complete(node, active, completed, script.effects) || done;
  }
  if (done) for (const node of [...active].sort(byOrder).reverse()) script.append(node.exit);
  return done;
}

/**
 * Raises the done events that entering a final state causes.
 * @returns whether the machine is done
 */
function complete(
  final: StateNode,
  active: ReadonlySet<StateNode>,
  completed: Set<StateNode>,
  effects: Effect[],
): boolean {
  const { parent } = final;
  if (parent?.kind === 'compound') effects.push(raiseDone(parent, final.output));
  let above = parent?.kind === 'parallel' ? parent : parent?.parent;
  while (above?.kind === 'parallel' && !completed.has(above) && isComplete(above, active)) {
    completed.add(above);
    effects.push(raiseDone(above, undefined));
    above = above.parent;
  }
  return above === undefined;
}

/** Whether a state is complete. As in XState, a final child of a parallel state is complete from the beginning. */
export function isComplete(node: StateNode, active: ReadonlySet<StateNode>): boolean {
  if (node.kind === 'compound') return node.children.some((child) => child.kind === 'final' && active.has(child));
  if (node.kind === 'parallel') return node.children.every((child) => isComplete(child, active));
  return node.kind === 'final';
}

function raiseDone(node: StateNode, output: StateNode['output']): Effect {
  const type = `xstate.done.state.${node.id}`;
  if (output === undefined) {
    const event = Object.freeze({ type, output: undefined });
    return () => raisedEvents.push(event);
  }
  return (args: Args) => raisedEvents.push({ type, output: output(args) } as { type: string });
}

/** The state inside which a transition takes place; undefined is outside the root. */
function domainOf({ source, targets, reenter }: Transition): StateNode | undefined {
  if (!reenter && targets!.every((target) => target === source || isInside(target, source))) return source;
  const [first, ...others] = targets!;
  for (let up = first!.parent; up !== undefined; up = up.parent) {
    if (isInside(source, up) && others.every((each) => isInside(each, up))) return up;
  }
  return reenter ? undefined : rootOf(source);
}

function exits(transition: Transition, node: StateNode): boolean {
  return transition.targets !== undefined && isInside(node, domainOf(transition));
}

/**
 * Of two transitions that would exit the same state, the one from the inner state wins; otherwise the one selected first.
 */
function withoutConflicts(selected: readonly Transition[], active: ReadonlySet<StateNode>): readonly Transition[] {
  if (selected.length < 2) return selected;
  const conflict = (a: Transition, b: Transition) => [...active].some((node) => exits(a, node) && exits(b, node));
  let kept: Transition[] = [];
  for (const candidate of selected) {
    const losers = kept.filter((each) => conflict(candidate, each));
    if (losers.every((each) => isInside(candidate.source, each.source))) {
      kept = kept.filter((each) => !losers.includes(each));
      kept.push(candidate);
    }
  }
  return kept;
}

function statesToEnter(transition: Transition): StateNode[] {
  const { source, targets } = transition;
  if (targets === undefined) return [];
  const domain = domainOf(transition);
  const wanted = new Set(targets.flatMap((target) => [...selfAndAncestors(target)]));
  const entered: StateNode[] = [];
  if (domain === undefined) {
    enter(rootOf(source), wanted, entered);
    return entered;
  }
  // Only a transition to the root has a target that is its domain but not its source.
  if (domain !== source && targets.includes(domain)) entered.push(domain);
  enterChildren(domain, wanted, entered);
  return entered;
}

function rootOf(node: StateNode): StateNode {
  return [...selfAndAncestors(node)].at(-1)!;
}

function enter(node: StateNode, wanted: ReadonlySet<StateNode>, entered: StateNode[]): void {
  entered.push(node);
  enterChildren(node, wanted, entered);
}

/** Enters the wanted or else the initial child of a compound state, or all regions of a parallel state. */
function enterChildren(node: StateNode, wanted: ReadonlySet<StateNode>, entered: StateNode[]): void {
  if (node.kind === 'parallel') {
    for (const region of node.children) enter(region, wanted, entered);
  } else if (node.kind === 'compound') {
    enter(node.children.find((child) => wanted.has(child)) ?? node.initial!, wanted, entered);
  }
}

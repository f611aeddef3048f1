/**
 * A configuration: one set of states that are active together, with its transitions.
 *
 * It is made when the first actor reaches it, and all actors of the chart share it. Its plan for an event type is made when
 * that type first arrives, and kept: event types must be a vocabulary, not data.
 */
import { compileGuard } from './guards.js';
import { codeOf } from './history.js';
import { covers, matchesValue } from './match.js';
import { activeStates, type Microstep, takeTransitions } from './microstep.js';
import {
  type Effect,
  type Emission,
  type StateNode,
  type StateValue,
  selfAndAncestors,
  type Transition,
} from './model.js';
import { type Candidate, NOTHING, Plan, type Selector, selector } from './plan.js';

/** What a configuration needs of its chart. */
export interface Configurations {
  /** The machine's id. */
  readonly id: string;
  /** The number of microsteps after one event from which the chart counts as looping. */
  readonly limit: number;
  /** The tree of states. */
  readonly root: StateNode;
  /** The one configuration with these active leaves, given in order of activation. */
  configuration(leaves: readonly StateNode[], done: boolean): Configuration;
  /** The one with this value. */
  configurationOf(value: StateValue): Configuration;
}

/** The effect of a set of transitions in a configuration. */
export interface Step {
  readonly effects: readonly Effect[];
  readonly next: Configuration;
  /** Whether the step may change the context or the states. */
  readonly changes: boolean;
  /** All its effects, if every effect is an emission. */
  readonly emissions: readonly Emission[] | undefined;
  /** What is emitted, if that is the same for every event: one list for all actors. */
  readonly constants: readonly unknown[] | undefined;
  /** What the history notes of it; 0 if it doesn't change the states. */
  readonly code: number;
}

/** The step that begins with `microstep`. */
export function stepOf({ effects, changes, emissions }: Microstep, next: Configuration, code: number): Step {
  const isConstant = emissions?.every(({ make }) => make === undefined) === true;
  const constants = isConstant ? emissions.map(({ value }) => value) : undefined;
  return { effects, changes, emissions, next, constants, code };
}

export class Configuration {
  /** Position among the configurations of its chart, in order of discovery. */
  readonly index: number;
  /** The active states without active children, in the order of {@link Configurations.configuration}. */
  readonly leaves: readonly StateNode[];
  readonly active: ReadonlySet<StateNode>;
  readonly value: StateValue;
  readonly tags: ReadonlySet<string>;
  /** A final state at the top is reached: no transition is left. */
  readonly done: boolean;
  /** Plans by event type. See {@link plan}. */
  readonly plans = new Map<string, Plan<Step>>();
  /** The two latest event types and their plans. In an ordinary exchange, few configurations get more. */
  private lastType: string | undefined = undefined;
  private lastPlan: Plan<Step> | undefined = undefined;
  private priorType: string | undefined = undefined;
  private priorPlan: Plan<Step> | undefined = undefined;
  readonly chart: Configurations;
  private readonly matched = new Map<string, boolean>();
  private readonly codes = new Map<string, number[]>();
  private eventless: Plan<Step> | null | undefined = undefined;

  constructor(chart: Configurations, index: number, leaves: readonly StateNode[], done: boolean) {
    this.chart = chart;
    this.index = index;
    this.leaves = leaves;
    this.done = done;
    this.active = activeStates(leaves);
    this.value = stateValue(chart.root, this.active);
    this.tags = new Set([...this.active].flatMap((node) => node.tags));
  }

  /** As {@link plan}, for the actor: without a lookup, if the type is one of the latest two. */
  recall(type: string): Plan<Step> {
    if (type === this.lastType) return this.lastPlan!;
    if (type === this.priorType) return this.priorPlan!;
    const plan = this.plan(type);
    this.priorType = this.lastType;
    this.priorPlan = this.lastPlan;
    this.lastType = type;
    this.lastPlan = plan;
    return plan;
  }

  /** The plan for an event of this type. */
  plan(type: string): Plan<Step> {
    const known = this.plans.get(type);
    if (known !== undefined) return known;
    refuseReserved(type);
    const tree = this.done ? NOTHING : this.selectorOf(this.chart.root, type);
    const plan = new Plan(tree, (transitions) => this.take(transitions, type));
    this.plans.set(type, plan);
    return plan;
  }

  /** As XState's `matches`. Results for strings are kept. */
  matches(partial: StateValue): boolean {
    if (typeof partial !== 'string') return matchesValue(partial, this.value);
    let matches = this.matched.get(partial);
    if (matches === undefined) {
      matches = matchesValue(partial, this.value);
      this.matched.set(partial, matches);
    }
    return matches;
  }

  /** Whether an event of this type may cause a transition here. A transition that does nothing (`{}`) counts. */
  handles(type: string): boolean {
    return !this.plan(type).empty;
  }

  /** The plan of eventless transitions; null when there are none. */
  get always(): Plan<Step> | null {
    if (this.eventless === undefined) this.eventless = this.planAlways();
    return this.eventless;
  }

  private planAlways(): Plan<Step> | null {
    if (this.done) return null;
    const chains = this.leaves.map((leaf) =>
      selector([], this.candidates([...selfAndAncestors(leaf)].flatMap((node) => node.always))),
    );
    const tree = selector(chains, []);
    return tree === NOTHING ? null : new Plan(tree, (transitions) => this.take(transitions, ''));
  }

  private take(transitions: readonly Transition[], type: string): Step {
    const microstep = takeTransitions(this.leaves, transitions);
    const next = this.chart.configuration(microstep.leaves, microstep.done);
    return stepOf(microstep, next, this.codeTo(next, type));
  }

  /** What the history notes when an event of this type has led from here to `next`; 0 if that changes nothing. */
  codeTo(next: Configuration, type: string): number {
    if (next === this) return 0;
    const known = this.codes.get(type);
    const codes = known ?? [];
    if (known === undefined) this.codes.set(type, codes);
    codes[next.index] ??= codeOf(this.chart.id, this, type, next);
    return codes[next.index]!;
  }

  private selectorOf(node: StateNode, type: string): Selector {
    const inner = node.children.filter((child) => this.active.has(child)).map((child) => this.selectorOf(child, type));
    return selector(inner, this.candidates(candidatesFor(node, type)));
  }

  private candidates(transitions: readonly Transition[]): Candidate[] {
    const candidates: Candidate[] = [];
    for (const transition of transitions) {
      const guard = transition.guard === undefined ? true : compileGuard(transition.guard, this);
      if (guard !== false) candidates.push({ transition, guard: guard === true ? undefined : guard });
    }
    return candidates;
  }
}

/** The exact descriptor first, then wildcards from long to short. */
function candidatesFor(node: StateNode, type: string): readonly Transition[] {
  const wildcards = [...node.on.keys()]
    .filter((descriptor) => descriptor !== type && covers(descriptor, type))
    .sort((a, b) => b.length - a.length);
  return [type, ...wildcards].flatMap((descriptor) => node.on.get(descriptor) ?? []);
}

function stateValue(node: StateNode, active: ReadonlySet<StateNode>): StateValue {
  const children = node.children.filter((child) => active.has(child));
  const [first] = children;
  if (node.kind === 'compound' && first !== undefined && first.children.length === 0) return first.key;
  return Object.freeze(Object.fromEntries(children.map((child) => [child.key, stateValue(child, active)])));
}

/** These types have a meaning in XState, so neither charts nor senders may use them. */
function refuseReserved(type: string): void {
  if (type === '*' || type === 'xstate.init' || type === 'xstate.stop' || type.startsWith('xstate.error.actor')) {
    throw new Error(`The event type '${type}' is reserved`);
  }
}

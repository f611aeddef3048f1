/**
 * A configuration: one set of states that are active together, and what can happen in it.
 *
 * Made when an actor first gets there and shared by all actors of the chart. Its plans are made when an event type first
 * arrives in it. Event types are expected to be a vocabulary, not data: a plan is kept for each.
 */
import { compileGuard } from './guards.js';
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

/** The chart as a configuration needs it. */
export interface Configurations {
  /** The states as a tree. */
  readonly root: StateNode;
  /** The one configuration with these active leaves. `leaves` are in order of activation. */
  configuration(leaves: readonly StateNode[], done: boolean): Configuration;
}

/** What a set of transitions does in a configuration. */
export interface Step {
  readonly effects: readonly Effect[];
  readonly next: Configuration;
  /** Whether context or states may differ afterwards. */
  readonly changes: boolean;
  /** All its effects, if it does nothing but emit. */
  readonly emissions: readonly Emission[] | undefined;
}

/** A step from the microstep that it begins with. */
export function stepOf({ effects, changes, emissions }: Microstep, next: Configuration): Step {
  return { effects, changes, emissions, next };
}

export class Configuration {
  /** Position among the configurations of its chart, in order of discovery. */
  readonly index: number;
  /** The active states without active children, as {@link Configurations.configuration} orders them. */
  readonly leaves: readonly StateNode[];
  readonly active: ReadonlySet<StateNode>;
  readonly value: StateValue;
  readonly tags: ReadonlySet<string>;
  /** A final state at the top was reached: nothing happens any more. */
  readonly done: boolean;
  /** Plans by event type; see {@link plan}. */
  readonly plans = new Map<string, Plan<Step>>();
  /** The plan that was asked for last, and its event type: mostly the next one, too. */
  lastType = '';
  lastPlan: Plan<Step> | undefined = undefined;
  private readonly chart: Configurations;
  private readonly answers = new Map<string, boolean>();
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

  /** As {@link plan}, for the actor: remembers the answer. */
  recall(type: string): Plan<Step> {
    const plan = this.plan(type);
    this.lastType = type;
    this.lastPlan = plan;
    return plan;
  }

  /** What an event of this type does here. */
  plan(type: string): Plan<Step> {
    const known = this.plans.get(type);
    if (known !== undefined) return known;
    refuseReserved(type);
    const tree = this.done ? NOTHING : this.selectorOf(this.chart.root, type);
    const plan = new Plan(tree, this.take);
    this.plans.set(type, plan);
    return plan;
  }

  /** As XState's `matches`; answers for strings are kept. */
  matches(partial: StateValue): boolean {
    if (typeof partial !== 'string') return matchesValue(partial, this.value);
    let answer = this.answers.get(partial);
    if (answer === undefined) {
      answer = matchesValue(partial, this.value);
      this.answers.set(partial, answer);
    }
    return answer;
  }

  /** Whether an event of this type may cause a transition here, or is forbidden on purpose (`{}`). */
  handles(type: string): boolean {
    return !this.plan(type).empty;
  }

  /** What happens without an event; null if nothing ever can. */
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
    return tree === NOTHING ? null : new Plan(tree, this.take);
  }

  private readonly take = (transitions: readonly Transition[]): Step => {
    const microstep = takeTransitions(this.leaves, transitions);
    return stepOf(microstep, this.chart.configuration(microstep.leaves, microstep.done));
  };

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

/** XState gives these a meaning of its own, so no chart and no sender may use them. */
function refuseReserved(type: string): void {
  if (type === '*' || type === 'xstate.init' || type === 'xstate.stop' || type.startsWith('xstate.error.actor')) {
    throw new Error(`The event type '${type}' is reserved`);
  }
}

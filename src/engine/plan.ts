/**
 * Which transitions an event takes in one configuration.
 *
 * XState tries inner states before outer ones and regions in document order; it tries an outer state only if nothing
 * inside it takes the event. In a configuration this is a fixed tree of guarded candidates. Building the tree prunes
 * constant guards and unreachable candidates, so most plans become a single step without guards, or a short list.
 */
import type { Args } from './args.js';
import type { Predicate, Transition } from './model.js';

/** A transition that may be taken, with what is left of its guard in this configuration. */
export interface Candidate {
  readonly transition: Transition;
  /** Undefined when it always passes. */
  readonly guard: Predicate | undefined;
}

/** Selects what its regions select; if they select nothing, its first own candidate that passes. */
export interface Selector {
  readonly regions: readonly Selector[];
  readonly candidates: readonly Candidate[];
}

export const NOTHING: Selector = { regions: [], candidates: [] };

/** The selector of a state with active children, reduced. */
export function selector(regions: readonly Selector[], candidates: readonly Candidate[]): Selector {
  const inner = regions.filter((each) => each !== NOTHING);
  const own = inner.some(alwaysSelects) ? [] : reachable(candidates);
  if (inner.length === 0) return own.length === 0 ? NOTHING : { regions: inner, candidates: own };
  if (inner.length > 1) return { regions: inner, candidates: own };
  const [only] = inner as [Selector];
  return { regions: only.regions, candidates: [...only.candidates, ...own] };
}

function reachable(candidates: readonly Candidate[]): readonly Candidate[] {
  const certain = candidates.findIndex((each) => each.guard === undefined);
  return certain === -1 ? candidates : candidates.slice(0, certain + 1);
}

function alwaysSelects({ regions, candidates }: Selector): boolean {
  return regions.some(alwaysSelects) || (candidates.at(-1)?.guard === undefined && candidates.length > 0);
}

function isConditional({ regions, candidates }: Selector): boolean {
  return regions.some(isConditional) || candidates.some((each) => each.guard !== undefined);
}

/** The position of the first candidate that passes, counted from 1; 0 if none passes. */
function firstPassing(candidates: readonly Candidate[], args: Args): number {
  for (let i = 0; i < candidates.length; i++) {
    const { guard } = candidates[i]!;
    if (guard === undefined || guard(args)) return i + 1;
  }
  return 0;
}

/** A set of selected transitions, in order of selection: a node of the trie that all sets of a plan share. */
class Selection<TStep> {
  readonly path: readonly Transition[];
  private readonly build: (path: readonly Transition[]) => TStep;
  private readonly longer = new Map<Transition, Selection<TStep>>();
  private built: TStep | undefined = undefined;

  constructor(path: readonly Transition[], build: (path: readonly Transition[]) => TStep) {
    this.path = path;
    this.build = build;
  }

  with(transition: Transition): Selection<TStep> {
    const known = this.longer.get(transition);
    if (known !== undefined) return known;
    // Each leaf finds an eventless transition of their common ancestor.
    const next = this.path.includes(transition) ? this : new Selection([...this.path, transition], this.build);
    this.longer.set(transition, next);
    return next;
  }

  get step(): TStep {
    this.built ??= this.build(this.path);
    return this.built;
  }
}

/**
 * The candidates of a plan as lists, each of which selects its first candidate that passes. Possible only if no state has
 * both regions and candidates of its own.
 */
function flatten({ regions, candidates }: Selector): readonly (readonly Candidate[])[] | undefined {
  if (regions.length === 0) return [candidates];
  if (candidates.length > 0) return undefined;
  const lists = regions.map(flatten);
  return lists.includes(undefined) ? undefined : (lists as (readonly (readonly Candidate[])[])[]).flat();
}

/** @template TStep the effect of a set of transitions, made once for each set. */
export class Plan<TStep> {
  /** The step, if it is the same for all contexts and events. */
  readonly certain: TStep | undefined;
  /** Whether guards have to be evaluated. */
  readonly conditional: boolean;
  /** Whether no transition takes the event. */
  readonly empty: boolean;
  private readonly selector: Selector;
  private readonly none: Selection<TStep>;
  private readonly lists: readonly (readonly Candidate[])[] | undefined;
  /** Steps by the passing candidate of each list; each list is a digit of the index. */
  private readonly steps: (TStep | undefined)[] = [];

  constructor(tree: Selector, build: (path: readonly Transition[]) => TStep) {
    this.selector = tree;
    this.none = new Selection<TStep>([], build);
    this.empty = tree === NOTHING;
    this.conditional = isConditional(tree);
    this.lists = flatten(tree);
    this.certain = this.empty || this.conditional ? undefined : this.choose(tree, this.none, undefined).step;
  }

  /** The step to take, if any. */
  select(args: Args): TStep | undefined {
    const { lists } = this;
    if (lists === undefined) return this.search(args);
    let index = 0;
    for (let i = 0; i < lists.length; i++) {
      const candidates = lists[i]!;
      index = index * (candidates.length + 1) + firstPassing(candidates, args);
    }
    if (index === 0) return undefined;
    const known = this.steps[index];
    if (known !== undefined) return known;
    const step = this.search(args);
    this.steps[index] = step;
    return step;
  }

  private search(args: Args): TStep | undefined {
    const selection = this.choose(this.selector, this.none, args);
    return selection === this.none ? undefined : selection.step;
  }

  /** The transitions that {@link select} takes, before conflicts are removed. */
  selected(args: Args): readonly Transition[] {
    return this.choose(this.selector, this.none, args).path;
  }

  /** `args` may be undefined when the tree has no guards. */
  private choose(tree: Selector, before: Selection<TStep>, args: Args | undefined): Selection<TStep> {
    let selection = before;
    const { regions, candidates } = tree;
    for (let i = 0; i < regions.length; i++) selection = this.choose(regions[i]!, selection, args);
    if (selection !== before) return selection;
    for (let i = 0; i < candidates.length; i++) {
      const { guard, transition } = candidates[i]!;
      if (guard === undefined || guard(args!)) return selection.with(transition);
    }
    return selection;
  }
}

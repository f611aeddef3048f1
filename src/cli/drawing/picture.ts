/**
 * A machine as it is drawn, in any format: states, arrows, and their texts.
 *
 * Rule 1: a reaction reads `event rank [guard] / emissions`. It has a rank if a state has several candidates for the event,
 *         which are tried in that order.
 * Rule 2: a reaction that doesn't leave its state is inside the state (`notes`).
 * Rule 3: transitions with the same ends are one arrow; those that differ only in their events are one reaction. `always` has
 *         separate arrows.
 */
/** Kinds of events. */
export type Kind = 'fact' | 'command' | 'time' | 'always' | 'none';

export interface Cause {
  readonly name: string;
  readonly rank: number | undefined;
  readonly kind: Kind;
}

export interface Reaction {
  readonly causes: readonly Cause[];
  readonly guard: string | undefined;
  /** The emissions, and the names of actions that emit nothing. */
  readonly outputs: readonly string[];
  /** The actual ends of the arrow inside its ends, if they aren't drawn. */
  readonly from?: string;
  readonly to?: string;
}

export interface State {
  /** `connection.reading.awaiting`. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly notes: readonly Reaction[];
  readonly states: readonly State[];
  /** The ids of the states that are entered with this one. */
  readonly initial: readonly string[];
  /** The ids of the points inside it from which common candidates of several events start. */
  readonly choices: readonly string[];
}

export interface Arrow {
  /** The id of a state. If `to` is inside it, the arrow starts from any state inside it. */
  readonly from: string;
  readonly to: string;
  /** `none`: its events are of several kinds, or it starts at a choice. */
  readonly kind: Kind;
  readonly reactions: readonly Reaction[];
  /** Its ends send each other something. */
  readonly isMutual?: boolean;
}

export interface Picture {
  readonly root: State;
  readonly arrows: readonly Arrow[];
}

/** All states of a subtree, parents before children. */
export function within(state: State): State[] {
  return [state, ...state.states.flatMap(within)];
}

/** Whether the state `outer` contains the state `inner` or is the same. */
export function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`);
}

/** `wire.head 2`. */
export function causeText({ name, rank }: Cause): string {
  return [name, rank].filter((part) => part !== undefined && part !== '').join(' ');
}

/** `wire.head 2 [isOrdinary] / server.request`. */
export function reactionText({ causes, guard, outputs }: Reaction): string {
  return [
    causes.map(causeText).join(', '),
    guard === undefined ? '' : ` [${guard}]`,
    outputs.length === 0 ? '' : ` / ${outputs.join(', ')}`,
  ].join('');
}

/** Collects reactions by the ends of their arrows. */
export class Arrows {
  private readonly byEnds = new Map<string, Arrow>();

  add(from: string, to: string, reaction: Reaction): void {
    const isAlways = reaction.causes.some(({ kind }) => kind === 'always');
    const key = `${from} ${to} ${isAlways}`;
    const before = this.byEnds.get(key)?.reactions ?? [];
    const reactions = [...before, reaction];
    this.byEnds.set(key, { from, to, kind: sharedKind(reactions), reactions });
  }

  list(): Arrow[] {
    return [...this.byEnds.values()].map((arrow) => ({ ...arrow, reactions: merged(arrow.reactions) }));
  }
}

function sharedKind(reactions: readonly Reaction[]): Kind {
  const kinds = new Set(reactions.flatMap(({ causes }) => causes.map(({ kind }) => kind)));
  const [first = 'none'] = kinds;
  return kinds.size > 1 ? 'none' : first;
}

/** Events in the order of the chart, each with its candidates in the order in which they are tried. */
export function ordered<Item>(items: readonly Item[], reactionOf: (item: Item) => Reaction): Item[] {
  const first = (item: Item) => reactionOf(item).causes[0]!;
  const events = items.map((item) => first(item).name);
  const placeOf = (item: Item) => events.indexOf(first(item).name);
  const rankOf = (item: Item) => first(item).rank ?? 0;
  return [...items].sort((one, other) => placeOf(one) - placeOf(other) || rankOf(one) - rankOf(other));
}

/** Merges reactions that differ only in their events, or only in the states that they lead from. */
export function merged(reactions: readonly Reaction[]): Reaction[] {
  const byEvent = grouped(reactions, ({ guard, outputs, from, to }) => [guard, outputs, from, to]).map((alike) => ({
    ...alike[0]!,
    causes: alike.flatMap(({ causes }) => causes),
  }));
  return grouped(byEvent, ({ causes, guard, outputs, to }) => [causes, guard, outputs, to]).map((alike) => {
    const from = alike.flatMap((reaction) => reaction.from ?? []);
    return from.length === 0 ? alike[0]! : { ...alike[0]!, from: from.join(', ') };
  });
}

/** Groups items by key, in the order of each group's first item. */
export function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => unknown): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/**
 * The parts that are drawn separately: a region, or a state that is folded in its region and drawn by itself.
 *
 * In the region, a folded state is a simple box. Arrows lead to and from the box; their labels name the states inside.
 */
import { type Arrow, Arrows, contains, ordered, type Picture, type Reaction, type State, within } from './picture.js';

export interface Scene {
  readonly state: State;
  /** The arrows that lead to or into it. */
  readonly arrows: readonly Arrow[];
}

export function regionsOf({ root, arrows }: Picture): Scene[] {
  const regions = root.type === 'parallel' ? root.states : [root];
  return regions.map((state) => ({ state, arrows: arrows.filter(({ to }) => contains(state.id, to)) }));
}

/** The outermost states with states inside, those with the most first. */
export function foldable({ state }: Scene): State[] {
  const compound = state.states.filter(({ states }) => states.length > 0);
  return compound.sort((one, other) => within(other).length - within(one).length);
}

/** The region with some of its states folded, followed by these. */
export function unfolded(scene: Scene, folds: readonly State[]): Scene[] {
  const inner = folds.map((state) => ({ state, arrows: scene.arrows.filter((arrow) => isInside(arrow, state)) }));
  return [folds.reduce(folded, scene), ...inner];
}

function folded({ state, arrows }: Scene, fold: State): Scene {
  const kept = new Arrows();
  for (const arrow of arrows) {
    if (isInside(arrow, fold)) continue;
    const isFrom = contains(fold.id, arrow.from);
    const isTo = contains(fold.id, arrow.to);
    const from = isFrom ? fold.id : arrow.from;
    const to = isTo ? fold.id : arrow.to;
    for (const reaction of arrow.reactions) {
      const ends: Partial<Reaction> = {
        ...(from === arrow.from ? {} : { from: below(fold, arrow.from) }),
        ...(to === arrow.to ? {} : { to: below(fold, arrow.to) }),
      };
      kept.add(from, to, { ...reaction, ...ends });
    }
  }
  const gathered = kept.list().map((arrow) => ({ ...arrow, reactions: ordered(arrow.reactions, (each) => each) }));
  return { state: withFolded(state, fold), arrows: gathered };
}

/** Whether an arrow leads to the inside of a state, from the state or from its inside. */
function isInside({ from, to }: Arrow, { id }: State): boolean {
  return contains(id, from) && contains(id, to) && to !== id;
}

function withFolded(state: State, fold: State): State {
  if (state.id === fold.id) {
    return { ...state, description: `${state.description} Drawn below.`, states: [], initial: [], choices: [] };
  }
  return {
    ...state,
    initial: state.initial.map((id) => (contains(fold.id, id) ? fold.id : id)),
    states: state.states.map((child) => withFolded(child, fold)),
  };
}

function below(state: State, id: string): string {
  return id.slice(state.id.length + 1);
}

/** What all machines are drawn from: made by `npm run diagrams`, and read by the command `statewire diagrams`. */
import { type Lengths, layoutOf, type Placed } from './graph.js';
import type { Picture, Reaction, State } from './picture.js';
import { foldable, type Scene, unfolded } from './scene.js';
import type { Row } from './svg.js';

export interface DrawnMachine {
  readonly picture: Picture;
  /** By the id of a region, or of a state that is folded in it. */
  readonly scenes: Readonly<Record<string, DrawnScene>>;
}

/** Where a scene's parts are. */
export interface DrawnScene {
  readonly lengths: Lengths;
  readonly placed: Placed;
}

/** By machine name. */
export type Drawings = Readonly<Record<string, DrawnMachine>>;

/** The scenes of a region: its states that are known by their ids are folded. */
export function scenesOf(region: Scene, known: Readonly<Record<string, unknown>>): Scene[] {
  return unfolded(
    region,
    foldable(region).filter(({ id }) => id in known),
  );
}

/** The rows of a region's picture. @throws if a scene has not been placed */
export function rowsOf(region: Scene, { scenes }: DrawnMachine): Row[] {
  return scenesOf(region, scenes).map((scene) => {
    const drawn = scenes[scene.state.id];
    if (drawn === undefined) throw new Error(`${scene.state.id} has not been placed`);
    return { state: scene.state, layout: layoutOf(scene, drawn.lengths, drawn.placed) };
  });
}

type Rest<Whole, Name extends keyof Whole> = Omit<Whole, Name> & Partial<Pick<Whole, Name>>;
type WrittenReaction = Rest<Reaction, 'outputs'>;

/** A state in the file: without what follows from its place, and what most states have. */
interface WrittenState extends Rest<Omit<State, 'id' | 'notes' | 'states'>, 'type' | 'initial' | 'choices'> {
  readonly notes?: readonly WrittenReaction[];
  readonly states?: readonly WrittenState[];
}

/** The file: what `readDrawing` makes a machine of. */
export interface Written {
  readonly root: WrittenState;
  readonly arrows: readonly (Omit<Picture['arrows'][number], 'reactions'> & {
    readonly reactions: readonly WrittenReaction[];
  })[];
  readonly scenes: DrawnMachine['scenes'];
}

const reactionOf = ({ outputs = [], ...reaction }: WrittenReaction): Reaction => ({ ...reaction, outputs });

function stateOf({ name, description, type = 'atomic', ...state }: WrittenState, outer: string): State {
  const id = `${outer}${name}`;
  const { notes = [], states = [], initial = [], choices = [] } = state;
  const inner = states.map((each) => stateOf(each, `${id}.`));
  return { id, name, description, type, notes: notes.map(reactionOf), states: inner, initial, choices };
}

export function readDrawing({ root, arrows, scenes }: Written): DrawnMachine {
  const all = arrows.map((arrow) => ({ ...arrow, reactions: arrow.reactions.map(reactionOf) }));
  return { picture: { root: stateOf(root, ''), arrows: all }, scenes };
}

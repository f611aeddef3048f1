/** A machine as a Mermaid state diagram. */
import { type Arrow, contains, type Kind, type Picture, reactionText, type State, within } from './picture.js';

/** Fill colours of states, by the kind of events that they wait for. */
export const COLOURS = {
  facts: '#dbeafe',
  commands: '#dcfce7',
  time: '#fef3c7',
  several: '#f3e8ff',
  nothing: '#e5e7eb',
} as const;

type Colour = keyof typeof COLOURS;

/** The text of one `.mmd` file. */
export function mermaid({ root, arrows }: Picture): string {
  const lines = [...drawState(root, arrows), ...coloursOf(root, arrows)];
  return ['stateDiagram-v2', ...lines.map(indent), ''].join('\n');
}

function drawState(state: State, arrows: readonly Arrow[]): string[] {
  const { id, name, description, notes, states, type } = state;
  const title = [name, description, ...notes.map(reactionText)].map(escapeText);
  if (states.length === 0) return title.map((text) => `${nameOf(id)} : ${text}`);
  const [, ...inner] = title;
  const body = type === 'parallel' ? drawRegions(states, arrows) : drawStates(state, arrows);
  return [`state "${name} – ${inner.join('<br/>')}" as ${nameOf(id)} {`, ...body.map(indent), '}'];
}

function drawRegions(regions: readonly State[], arrows: readonly Arrow[]): string[] {
  return regions.flatMap((region, index) => [...(index > 0 ? ['--'] : []), ...drawState(region, arrows)]);
}

function drawStates(state: State, arrows: readonly Arrow[]): string[] {
  const isLeftAnywhere = arrows.some((arrow) => arrow.from === state.id && sourceOf(arrow) !== nameOf(state.id));
  return [
    ...(isLeftAnywhere ? [`state "in any state" as ${nameOf(state.id)}_anywhere`] : []),
    ...state.choices.map((id) => `state ${nameOf(id)} <<choice>>`),
    ...arrows.filter((arrow) => isHome(state, arrow)).map(drawArrow),
    ...state.states.flatMap((child) => drawState(child, arrows)),
    ...state.initial.map((id) => `[*] --> ${nameOf(id)}`),
  ];
}

/**
 * An arrow belongs to the innermost state that contains its ends, before the states inside: Mermaid draws a state where its
 * name last occurs.
 */
function isHome(state: State, { from, to }: Arrow): boolean {
  const holds = ({ id }: State) => contains(id, from) && contains(id, to) && !(id === from && id === to);
  return holds(state) && !state.states.some(holds);
}

function drawArrow(arrow: Arrow): string {
  const label = arrow.reactions.map(reactionText).map(escapeText).join('<br/>');
  return `${sourceOf(arrow)} --> ${nameOf(arrow.to)} : ${label}`;
}

/** Mermaid draws no arrow from a state to its inside. */
function sourceOf({ from, to }: Arrow): string {
  return from !== to && contains(from, to) ? `${nameOf(from)}_anywhere` : nameOf(from);
}

/** At the end and outside of all states, as Mermaid requires. */
function coloursOf(root: State, arrows: readonly Arrow[]): string[] {
  const leaves = within(root).filter(({ states }) => states.length === 0);
  return Object.entries(COLOURS).flatMap(([colour, fill]) => {
    const names = leaves.filter((leaf) => colourOf(leaf, root, arrows) === colour).map(({ id }) => nameOf(id));
    const style = `classDef ${colour} fill:${fill},stroke:#334155,color:#0f172a`;
    return names.length === 0 ? [] : [style, `class ${names.join(',')} ${colour}`];
  });
}

const COLOUR_OF: Readonly<Partial<Record<Kind, Colour>>> = { fact: 'facts', command: 'commands', time: 'time' };

/** The colour for all events that the state or one around it reacts to. */
function colourOf({ id }: State, root: State, arrows: readonly Arrow[]): Colour {
  const around = within(root).filter((state) => contains(state.id, id));
  const reactions = [
    ...around.flatMap(({ notes }) => notes),
    ...arrows.filter(({ from }) => around.some((state) => state.id === from)).flatMap((arrow) => arrow.reactions),
  ];
  const colours = new Set(reactions.flatMap(({ causes }) => causes.map(({ kind }) => COLOUR_OF[kind])));
  colours.delete(undefined);
  const [first = 'nothing'] = colours;
  return colours.size > 1 ? 'several' : first;
}

function nameOf(id: string): string {
  return id.replaceAll('.', '_');
}

/** Mermaid ends a text at these characters, but reads their codes. */
function escapeText(text: string): string {
  return text.replace(/[:;"#]/g, (char) => `#${char.charCodeAt(0)};`);
}

function indent(line: string): string {
  return `  ${line}`;
}

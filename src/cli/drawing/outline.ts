/** A machine as text for a terminal: a tree of its states with their reactions. */
import {
  type Arrow,
  contains,
  ordered,
  type Picture,
  type Reaction,
  reactionText,
  type State,
  within,
} from './picture.js';

/** The text of one `.txt` file. */
export function outline(picture: Picture): string {
  return [...new Outline(picture).draw(picture.root), ''].map((line) => line.trimEnd()).join('\n');
}

class Outline {
  private readonly arrows: readonly Arrow[];
  private readonly choices: ReadonlySet<string>;
  /** The number of keys that names omit: the machine, and the region, which transitions don't leave. */
  private readonly depth: number;

  constructor({ root, arrows }: Picture) {
    this.arrows = arrows;
    this.choices = new Set(within(root).flatMap(({ choices }) => choices));
    this.depth = root.type === 'parallel' ? 2 : root.id.split('.').length;
  }

  draw(state: State): string[] {
    const { name, description, states } = state;
    const bar = states.length > 0 ? '│' : ' ';
    const reactions = this.reactionsOf(state).map((line) => `${bar}    ${line}`);
    const children = states.flatMap((child, index) => ['│', ...this.branch(state, child, index === states.length - 1)]);
    return [`${name}  ${description}`, ...reactions, ...children];
  }

  private branch({ initial }: State, child: State, isLast: boolean): string[] {
    const [head, ...rest] = this.draw(child);
    const isInitial = initial.some((id) => contains(child.id, id));
    const mark = isInitial ? '● ' : '';
    return [`${isLast ? '└' : '├'}─ ${mark}${head}`, ...rest.map((line) => `${isLast ? ' ' : '│'}  ${line}`)];
  }

  private reactionsOf({ id, notes }: State): string[] {
    const staying = notes.map((note) => ({ reaction: note, lines: [reactionText(note)] }));
    const entries = ordered([...staying, ...this.leadingFrom(id)], ({ reaction }) => reaction);
    return entries.flatMap(({ lines }) => lines);
  }

  private leadingFrom(id: string): Entry[] {
    return this.arrows
      .filter(({ from }) => from === id)
      .flatMap(({ to, reactions }) => reactions.map((reaction) => ({ reaction, lines: this.linesOf(reaction, to) })));
  }

  /** The candidates of a choice follow the events that lead to it. */
  private linesOf(reaction: Reaction, to: string): string[] {
    const text = reactionText(reaction);
    if (!this.choices.has(to)) return [`${text} → ${to.split('.').slice(this.depth).join('.')}`];
    return [text, ...this.leadingFrom(to).flatMap(({ lines }) => lines.map((line) => `  ${line}`))];
  }
}

interface Entry {
  readonly reaction: Reaction;
  readonly lines: readonly string[];
}

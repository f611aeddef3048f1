/** A region as a graph: its states are nodes, its arrows edges. */
import { type Area, type Box, type Layout, type Mark, PADDING, type Path } from './geometry.js';
import { type Arrow, contains, type State } from './picture.js';
import type { Scene } from './scene.js';
import { LINE, type Line, widest, wrap, wrapReaction } from './text.js';

/** What the sizes of its parts depend on. */
export interface Lengths {
  /** The main direction of arrows. */
  readonly direction: 'DOWN' | 'RIGHT';
  /** Characters per line, on arrows and in states. */
  readonly label: number;
  readonly state: number;
}

/** x, y, width and height. */
type Rectangle = readonly [number, number, number, number];

/** Where a layout has put the parts, in whole pixels, which are sharp. */
export interface Placed {
  readonly size: readonly [width: number, height: number];
  /** By the id of a state or a mark. */
  readonly nodes: Readonly<Record<string, Rectangle>>;
  /** The corners of each line, and its label. */
  readonly edges: readonly (readonly [corners: readonly number[], label?: Rectangle])[];
}

/** A graph as the library takes it: the members that are used. */
export interface GraphNode {
  id: string;
  width?: number;
  height?: number;
  layoutOptions?: Record<string, string>;
  children?: GraphNode[];
  edges?: GraphEdge[];
}

export interface GraphEdge {
  id: string;
  sources: string[];
  targets: string[];
  labels: { text: string; width: number; height: number; layoutOptions: Record<string, string> }[];
}

export const ANYWHERE: Line = [{ text: 'in any state', style: 'description' }];

const SIZES: Readonly<Record<Mark['type'], Pick<Area, 'width' | 'height'>>> = {
  initial: { width: 10, height: 10 },
  anywhere: { width: widest([ANYWHERE]) + 2 * PADDING, height: LINE + PADDING },
  choice: { width: 18, height: 18 },
};

/** The layout of a scene whose parts were placed, with the lengths that it was placed with. */
export function layoutOf(scene: Scene, lengths: Lengths, placed: Placed): Layout {
  const graph = new Graph(lengths);
  graph.of(scene);
  return graph.read(placed);
}

/** A region as a graph for the library that places its parts, and what was placed as a layout. */
export class Graph {
  private readonly setting: Lengths;
  private readonly edges: GraphEdge[] = [];
  private readonly boxes = new Map<string, Omit<Box, keyof Area>>();
  private readonly marks = new Map<string, Omit<Mark, keyof Area>>();
  private readonly paths = new Map<string, Omit<Path, 'points' | 'label'> & { readonly lines: readonly Line[] }>();

  constructor(setting: Lengths) {
    this.setting = setting;
  }

  of({ state, arrows }: Scene): GraphNode {
    for (const arrow of arrows) {
      const lines = arrow.reactions.flatMap((reaction) => wrapReaction(reaction, this.setting.label));
      this.addEdge(this.sourceOf(arrow), arrow.to, arrow, lines);
    }
    const children = this.childrenOf(state);
    return { id: state.id, children, edges: this.edges };
  }

  read({ size, nodes, edges }: Placed): Layout {
    return {
      width: size[0],
      height: size[1],
      boxes: Object.entries(nodes).flatMap(([id, area]) => joined(area, this.boxes.get(id))),
      marks: Object.entries(nodes).flatMap(([id, area]) => joined(area, this.marks.get(id))),
      paths: edges.map(([corners, label], index) => this.pathOf(String(index), corners, label)),
    };
  }

  /** An arrow from a state to its inside starts at a mark. */
  private sourceOf({ from, to }: Arrow): string {
    if (from === to || !contains(from, to)) return from;
    const id = `${from}.anywhere`;
    this.marks.set(id, { id, type: 'anywhere' });
    return id;
  }

  private addEdge(from: string, to: string, arrow: Arrow | undefined, lines: readonly Line[]): void {
    const id = String(this.edges.length);
    const label = { text: id, width: widest(lines) + 8, height: lines.length * LINE + 6 };
    const labels = lines.length === 0 ? [] : [{ ...label, layoutOptions: { 'elk.edgeLabels.inline': 'true' } }];
    this.paths.set(id, { from, to, arrow, lines });
    this.edges.push({ id, sources: [from], targets: [to], labels });
  }

  private childrenOf(state: State): GraphNode[] {
    for (const id of state.choices) this.marks.set(id, { id, type: 'choice' });
    for (const initial of state.initial) {
      const id = `${state.id}.initial`;
      this.marks.set(id, { id, type: 'initial' });
      this.addEdge(id, initial, undefined, []);
    }
    const ids = [
      ...(state.initial.length > 0 ? [`${state.id}.initial`] : []),
      `${state.id}.anywhere`,
      ...state.choices,
    ];
    const marks = ids.flatMap((id) => {
      const mark = this.marks.get(id);
      return mark === undefined ? [] : [{ id, ...SIZES[mark.type] }];
    });
    return [...marks, ...state.states.map((child) => this.nodeOf(child))];
  }

  private nodeOf(state: State): GraphNode {
    const lines = this.linesOf(state);
    const width = widest(lines) + 2 * PADDING;
    const height = lines.length * LINE + 2 * PADDING;
    this.boxes.set(state.id, { state, lines });
    if (state.states.length === 0) return { id: state.id, width, height };
    // With the direction DOWN, the library swaps the two.
    const minimum = this.setting.direction === 'DOWN' ? `(${height},${width})` : `(${width},${height})`;
    return {
      id: state.id,
      layoutOptions: {
        'elk.padding': `[top=${height + 4},left=12,right=12,bottom=12]`,
        'elk.nodeSize.constraints': '[MINIMUM_SIZE]',
        'elk.nodeSize.minimum': minimum,
      },
      children: this.childrenOf(state),
    };
  }

  private linesOf({ name, description, notes }: State): Line[] {
    return [
      [{ text: name, style: 'name' }],
      ...wrap(description, 'description', this.setting.state),
      ...notes.flatMap((note) => wrapReaction(note, this.setting.state)),
    ];
  }

  private pathOf(id: string, corners: readonly number[], label: Rectangle | undefined): Path {
    const { lines, ...path } = this.paths.get(id)!;
    const points = corners.flatMap((x, index) => (index % 2 === 0 ? [{ x, y: corners[index + 1]! }] : []));
    return { ...path, points, label: label === undefined ? undefined : { ...areaOf(label), lines } };
  }
}

function joined<Part extends object>(area: Rectangle, part: Part | undefined): (Part & Area)[] {
  return part === undefined ? [] : [{ ...part, ...areaOf(area) }];
}

function areaOf([x, y, width, height]: Rectangle): Area {
  return { x, y, width, height };
}

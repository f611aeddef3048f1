/** Places the states and arrows of a region in layers, with the Eclipse Layout Kernel. */
import elkjs, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import { type Area, type Box, type Layout, type Mark, PADDING, type Path } from './geometry.js';
import { type Arrow, contains, type State } from './picture.js';
import type { Scene } from './scene.js';
import { LINE, type Line, widest, wrap, wrapReaction } from './text.js';

/** The layout options of a region. */
export interface Setting {
  /** The main direction of arrows. */
  readonly direction: 'DOWN' | 'RIGHT';
  /** Which arrows of a cycle lead back. */
  readonly cycles: 'MODEL_ORDER' | 'DEPTH_FIRST';
  readonly layers: 'NETWORK_SIMPLEX' | 'LONGEST_PATH_SOURCE' | 'COFFMAN_GRAHAM';
  /** Whether the states of a layer have the order of the chart. */
  readonly order: 'NONE' | 'PREFER_NODES';
  readonly seed: number;
  /** Characters per line, on arrows and in states. */
  readonly label: number;
  readonly state: number;
}

export const ANYWHERE: Line = [{ text: 'in any state', style: 'description' }];

const SIZES: Readonly<Record<Mark['type'], Pick<Area, 'width' | 'height'>>> = {
  initial: { width: 10, height: 10 },
  anywhere: { width: widest([ANYWHERE]) + 2 * PADDING, height: LINE + PADDING },
  choice: { width: 18, height: 18 },
};

const elk = new elkjs.default();

export async function layOut(scene: Scene, setting: Setting): Promise<Layout> {
  const graph = new Graph(setting);
  const placed = await elk.layout(graph.of(scene));
  return graph.read(placed);
}

function layoutOptions({ direction, cycles, layers, order, seed }: Setting): Record<string, string> {
  return {
    'elk.algorithm': 'layered',
    'elk.direction': direction,
    'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
    'elk.json.edgeCoords': 'ROOT',
    'elk.json.shapeCoords': 'ROOT',
    'elk.padding': '[top=0,left=0,right=0,bottom=0]',
    'elk.randomSeed': String(seed),
    'elk.spacing.edgeEdge': '12',
    'elk.spacing.edgeNode': '14',
    'elk.spacing.nodeNode': '18',
    'elk.layered.compaction.postCompaction.strategy': 'EDGE_LENGTH',
    'elk.layered.considerModelOrder.strategy': order,
    'elk.layered.cycleBreaking.strategy': cycles,
    'elk.layered.layering.coffmanGraham.layerBound': '3',
    'elk.layered.layering.strategy': layers,
    'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
    'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
    'elk.layered.spacing.edgeNodeBetweenLayers': '12',
    'elk.layered.spacing.nodeNodeBetweenLayers': '22',
    'elk.layered.thoroughness': '20',
  };
}

/** Converts a region for the library, and its result back. */
class Graph {
  private readonly setting: Setting;
  private readonly edges: ElkExtendedEdge[] = [];
  private readonly boxes = new Map<string, Omit<Box, keyof Area>>();
  private readonly marks = new Map<string, Omit<Mark, keyof Area>>();
  private readonly paths = new Map<string, Omit<Path, 'points' | 'label'> & { readonly lines: readonly Line[] }>();

  constructor(setting: Setting) {
    this.setting = setting;
  }

  of({ state, arrows }: Scene): ElkNode {
    for (const arrow of arrows) {
      const lines = arrow.reactions.flatMap((reaction) => wrapReaction(reaction, this.setting.label));
      this.addEdge(this.sourceOf(arrow), arrow.to, arrow, lines);
    }
    const children = this.childrenOf(state);
    return { id: state.id, layoutOptions: layoutOptions(this.setting), children, edges: this.edges };
  }

  read(placed: ElkNode): Layout {
    const nodes = withChildren(placed).slice(1);
    return {
      width: Math.ceil(placed.width!),
      height: Math.ceil(placed.height!),
      boxes: nodes.flatMap((node) => joined(node, this.boxes.get(node.id))),
      marks: nodes.flatMap((node) => joined(node, this.marks.get(node.id))),
      paths: placed.edges!.map((edge) => this.pathOf(edge)),
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

  private childrenOf(state: State): ElkNode[] {
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

  private nodeOf(state: State): ElkNode {
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

  private pathOf({ id, sections, labels }: ElkExtendedEdge): Path {
    const { lines, ...path } = this.paths.get(id)!;
    const [{ startPoint, bendPoints = [], endPoint }] = sections as [NonNullable<typeof sections>[number]];
    const [label] = labels!;
    const points = [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
    return { ...path, points, label: label === undefined ? undefined : { ...areaOf(label), lines } };
  }
}

function withChildren(node: ElkNode): ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(withChildren)];
}

function joined<Part extends object>(node: ElkNode, part: Part | undefined): (Part & Area)[] {
  return part === undefined ? [] : [{ ...part, ...areaOf(node) }];
}

/** Rounded to whole pixels, which are sharp. */
function areaOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Area>): Area {
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
}

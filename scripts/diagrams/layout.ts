/** Places the states and arrows of a region in layers, with the Eclipse Layout Kernel. */
import elkjs, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Area, Layout } from '../../src/cli/drawing/geometry.js';
import { Graph, type Lengths, layoutOf, type Placed } from '../../src/cli/drawing/graph.js';
import type { Scene } from '../../src/cli/drawing/scene.js';

/** The layout options of a region. */
export interface Setting extends Lengths {
  /** Which arrows of a cycle lead back. */
  readonly cycles: 'MODEL_ORDER' | 'DEPTH_FIRST';
  readonly layers: 'NETWORK_SIMPLEX' | 'LONGEST_PATH_SOURCE' | 'COFFMAN_GRAHAM';
  /** Whether the states of a layer have the order of the chart. */
  readonly order: 'NONE' | 'PREFER_NODES';
  readonly seed: number;
}

const elk = new elkjs.default();

export async function layOut(scene: Scene, setting: Setting): Promise<Layout> {
  return layoutOf(scene, setting, await place(scene, setting));
}

export async function place(scene: Scene, setting: Setting): Promise<Placed> {
  const graph = new Graph(setting).of(scene);
  const { width, height, children, edges } = await elk.layout({ ...graph, layoutOptions: layoutOptions(setting) });
  return {
    size: [Math.ceil(width!), Math.ceil(height!)],
    nodes: Object.fromEntries((children ?? []).flatMap(withChildren).map((node) => [node.id, areaOf(node)])),
    edges: edges!.map(placedEdge),
  };
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

function placedEdge({ sections, labels }: ElkExtendedEdge): Placed['edges'][number] {
  const [{ startPoint, bendPoints = [], endPoint }] = sections as [NonNullable<typeof sections>[number]];
  const corners = [startPoint, ...bendPoints, endPoint].flatMap(({ x, y }) => [Math.round(x), Math.round(y)]);
  const [label] = labels!;
  return label === undefined ? [corners] : [corners, areaOf(label)];
}

function withChildren(node: ElkNode): ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(withChildren)];
}

function areaOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Area>): [number, number, number, number] {
  return [Math.round(x), Math.round(y), Math.round(width), Math.round(height)];
}

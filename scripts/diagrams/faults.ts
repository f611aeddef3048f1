/** What makes a drawing unreadable. */
import { type Area, type Box, type Layout, PADDING, type Path } from '../../src/cli/drawing/geometry.js';
import { LINE, widest } from '../../src/cli/drawing/text.js';

/** What makes a layout unreadable: texts that overlap, and lines through texts or states or along each other. */
export function faultsOf({ width, height, boxes, marks, paths }: Layout): string[] {
  const solids: Thing[] = [
    ...boxes.map((box) => ({ name: box.state.id, area: isLeaf(box) ? box : textOf(box) })),
    ...marks.map((mark) => ({ name: mark.id, area: mark })),
    ...paths.flatMap((path) => (path.label === undefined ? [] : [{ name: nameOf(path), area: path.label }])),
  ];
  const page = { x: 0, y: 0, width, height };
  return [
    ...solids.filter(({ area }) => !holds(page, area)).map(({ name }) => `${name} is cut off`),
    ...boxes.filter((box) => !holds(box, textOf(box))).map(({ state }) => `the text of ${state.id} is cut off`),
    ...pairs(solids)
      .filter(([one, other]) => overlap(one.area, other.area))
      .map(([one, other]) => `${one.name} overlaps ${other.name}`),
    ...paths.flatMap((path) =>
      solids
        .filter(({ name, area }) => !isEnd(path, name) && segmentsOf(path).some((segment) => overlap(segment, area)))
        .map(({ name }) => `${nameOf(path)} runs through ${name}`),
    ),
    ...pairs(paths)
      .filter(([one, other]) => runTogether(one, other))
      .map(([one, other]) => `${nameOf(one)} runs along ${nameOf(other)}`),
  ];
}

/** The number of crossings of lines. */
export function crossingsOf({ paths }: Layout): number {
  return pairs(paths)
    .flatMap(([one, other]) => segmentsOf(one).map((segment) => ({ segment, others: segmentsOf(other) })))
    .reduce((sum, { segment, others }) => sum + others.filter((each) => overlap(segment, each)).length, 0);
}

interface Thing {
  readonly name: string;
  readonly area: Area;
}

function isLeaf({ state }: Box): boolean {
  return state.states.length === 0;
}

function textOf({ x, y, lines }: Box): Area {
  return { x: x + PADDING, y: y + PADDING, width: widest(lines), height: lines.length * LINE };
}

function nameOf({ from, to, arrow }: Path): string {
  return `${from} → ${to}${arrow?.kind === 'always' ? ' (always)' : ''}`;
}

function isEnd(path: Path, name: string): boolean {
  return [path.from, path.to, nameOf(path)].includes(name);
}

/** Lines are as thick as the distance at which two of them are distinguishable. */
function segmentsOf({ points }: Path): Area[] {
  return points.slice(1).map((end, index) => {
    const start = points[index]!;
    return {
      x: Math.min(start.x, end.x) - 1,
      y: Math.min(start.y, end.y) - 1,
      width: Math.abs(start.x - end.x) + 2,
      height: Math.abs(start.y - end.y) + 2,
    };
  });
}

/** Whether two lines run along each other. Two lines with a common end may share the part next to it. */
function runTogether(one: Path, other: Path): boolean {
  return segmentsOf(one).some((segment) =>
    segmentsOf(other).some((each) => {
      const { width, height } = shared(segment, each);
      return Math.max(width, height) > 8 && Math.min(width, height) > 0;
    }),
  );
}

function shared(one: Area, other: Area): { width: number; height: number } {
  return {
    width: Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x),
    height: Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y),
  };
}

function overlap(one: Area, other: Area): boolean {
  const { width, height } = shared(one, other);
  return width > 0 && height > 0;
}

function holds(outer: Area, inner: Area): boolean {
  const { width, height } = shared(outer, inner);
  return width >= inner.width && height >= inner.height;
}

function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other): [Item, Item] => [one, other]));
}

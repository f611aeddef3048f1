/**
 * A region as an SVG image, with a row for each state of it that is drawn by itself.
 *
 * It has its own background and its own colours for dark pages, because a page can't style an image.
 */
import {
  type Area,
  type Box,
  type Label,
  type Layout,
  type Mark,
  PADDING,
  type Path,
  type Point,
  WIDTH,
} from './geometry.js';
import { ANYWHERE } from './graph.js';
import type { Arrow, Kind, State } from './picture.js';
import { indentOf, LINE, type Line, NAME, type Piece, widthOf, wrap, wrapReaction } from './text.js';
import { LEGEND, styleOf, type Theme } from './theme.js';

/** A region or a folded state, and its layout. */
export interface Row {
  readonly state: State;
  readonly layout: Layout;
}

const MARGIN = 6;
const KINDS = LEGEND.map(({ kind }) => kind);
const STYLES = [...KINDS, 'name', 'description', 'guard', 'output'] as const;
/** The number of characters that fit the width of a drawing. */
const LIMIT = 112;

export function svg(rows: readonly Row[]): string {
  const { width, height, parts } = draw(rows, false);
  const [{ state: region }] = rows as readonly [Row];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeText(`${region.id}: ${region.description}`)}</title>`,
    `<style>\n${STYLE}\n</style>`,
    `<defs>${KINDS.map(arrowHead).join('')}${rows.some(hasMutual) ? startHead : ''}</defs>`,
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** The same inside a page, which has the styles and the heads of arrows, and finds states and arrows by their `data-`. */
export function inlineSvg(rows: readonly Row[]): string {
  const { width, height, parts } = draw(rows, true);
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return [`<svg xml:space="preserve" ${size} role="group">`, ...parts, '</svg>'].join('\n');
}

/** What a page that has inline drawings needs once. */
export const inlineDefs = (): string => `<defs>${KINDS.map(arrowHead).join('')}</defs>`;
export const inlineStyle = (theme: Theme): string => colours(theme);

interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly parts: readonly string[];
}

function draw(rows: readonly Row[], isMarked: boolean): Drawn {
  const width = Math.max(WIDTH, ...rows.map(({ layout }) => layout.width)) + 4 * MARGIN;
  const parts: string[] = isMarked ? [] : [drawLegend(MARGIN)];
  let y = isMarked ? 0 : 2 * MARGIN + LINE;
  for (const [index, row] of rows.entries()) {
    // In a page, the first has a heading.
    const title = titleOf(row, !isMarked || index > 0);
    const height = topOf(title) + row.layout.height + MARGIN;
    parts.push(
      `<g transform="translate(${MARGIN} ${y})">`,
      ...drawRow(row, title, width - 2 * MARGIN, height, isMarked),
      '</g>',
    );
    y += height + MARGIN;
  }
  return { width, height: y, parts: parts.filter((part) => part !== '') };
}

const STYLE = styleOf([`.name{font-size:${NAME}px;font-weight:bold}`, '.arrow{stroke-width:1.3}'], colours);

function colours(theme: Theme): string {
  return [
    `.ground{fill:${theme.ground}}`,
    `.region,.label{fill:${theme.region}}`,
    `.region{stroke:${theme.border};stroke-opacity:.5}`,
    `.state{fill:${theme.state};stroke:${theme.border}}`,
    `.final{fill:none;stroke:${theme.border}}`,
    `.anywhere{fill:none;stroke:${theme.border};stroke-dasharray:2 2}`,
    `.choice{fill:${theme.state};stroke:${theme.name}}`,
    `.initial{fill:${theme.name}}`,
    ...STYLES.map((style) => `.${style}{fill:${theme[style]}}`),
    ...KINDS.map((kind) => `.arrow.${kind}{fill:none;stroke:${theme[kind]}}`),
  ].join('\n');
}

const arrowHead = (kind: Kind): string => marker(kind, kind, 7, 'M0 0L8 4L0 8z');

/** For arrows whose ends send each other something: they are of several kinds. */
const startHead = marker('start', 'none', 1, 'M8 0L0 4L8 8z');

function hasMutual({ layout }: Row): boolean {
  return layout.paths.some(({ arrow }) => arrow?.isMutual);
}

function marker(id: string, kind: Kind, refX: number, shape: string): string {
  const size = `viewBox="0 0 8 8" refX="${refX}" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse"`;
  return `<marker id="${id}" ${size} orient="auto"><path class="${kind}" d="${shape}"/></marker>`;
}

function drawLegend(y: number): string {
  let x = MARGIN + PADDING;
  return LEGEND.map(({ kind, text }) => {
    const line: Line = [{ text, style: kind }];
    const middle = y + LINE / 2;
    const drawn = `<path class="${classOf(kind)}" marker-end="url(#${kind})" d="M${x} ${middle}L${x + 22} ${middle}"/>`;
    const words = drawText([line], x + 28, y);
    x += 28 + widthOf(line) + 16;
    return drawn + words;
  }).join('\n');
}

/** It contains the names of the machine and of the states around it. */
function titleOf({ state }: Row, isNamed: boolean): Line[] {
  const { id, description, notes } = state;
  if (!isNamed) return notes.flatMap((note) => wrapReaction(note, LIMIT));
  const [first = [], ...rest] = wrap(description, 'description', LIMIT - id.length);
  const lines = [[{ text: `${id} `, style: 'name' as const }, ...first], ...rest];
  return [...lines, ...notes.flatMap((note) => wrapReaction(note, LIMIT))];
}

function topOf(title: readonly Line[]): number {
  return title.length * LINE + 2 * PADDING;
}

function drawRow(row: Row, title: readonly Line[], width: number, height: number, isMarked: boolean): string[] {
  const { state, layout } = row;
  const marks = isMarked ? new Marks(layout) : undefined;
  return [
    drawFrame('region', state, { x: 0, y: 0, width, height }, marks),
    drawText(title, PADDING, PADDING),
    `<g transform="translate(${MARGIN} ${topOf(title)})">`,
    ...layout.boxes.map((box) => drawBox(box, marks)),
    ...layout.paths.map((path) => drawPath(path, marks)),
    ...layout.marks.map(drawMark),
    ...layout.boxes.map(({ x, y, lines }) => drawText(lines, x + PADDING, y + PADDING)),
    ...layout.paths.flatMap((path) => (path.label === undefined ? [] : [drawLabel(path.label, path, marks)])),
    '</g>',
  ];
}

/** By which a page finds states and arrows. */
class Marks {
  private readonly paths: readonly Path[];

  constructor({ paths }: Layout) {
    this.paths = paths;
  }

  ofState(id: string): string {
    return ` data-state="${id}"`;
  }

  ofArrow({ arrow }: Path): string {
    if (arrow === undefined) return '';
    const { from, to } = arrow;
    const outputs = arrow.reactions.flatMap((reaction) => reaction.outputs.flatMap((output) => output.split(' or ')));
    const words = (names: readonly string[]) => escapeText([...new Set(names)].join(' '));
    return ` data-from="${from}" data-to="${to}" data-events="${words(this.causesOf(arrow))}" data-outputs="${words(outputs)}"`;
  }

  /** An arrow that starts at a choice has the events that lead to it. */
  private causesOf({ from, reactions }: Arrow): string[] {
    const own = reactions.flatMap(({ causes }) => causes.map(({ name }) => name)).filter((name) => name !== '');
    const before = this.paths.flatMap(({ to, arrow }) => (to === from && arrow !== undefined ? [arrow] : []));
    return own.length > 0 ? own : before.flatMap((arrow) => this.causesOf(arrow));
  }
}

function drawBox(box: Box, marks: Marks | undefined): string {
  const { state, x, y, width, height } = box;
  const frame = drawFrame(state.states.length === 0 ? 'state' : 'region', state, box, marks);
  if (state.type !== 'final') return frame;
  const inner = `x="${x + 3}" y="${y + 3}" width="${width - 6}" height="${height - 6}"`;
  return `${frame}<rect class="final" ${inner} rx="6"/>`;
}

function drawFrame(name: string, { id, description }: State, area: Area, marks: Marks | undefined): string {
  const title = description === '' ? id : `${id}: ${description}`;
  return `<rect class="${name}"${marks?.ofState(id) ?? ''} ${attributes(area)} rx="8"><title>${escapeText(title)}</title></rect>`;
}

function attributes({ x, y, width, height }: Area): string {
  return `x="${x}" y="${y}" width="${width}" height="${height}"`;
}

function drawMark(mark: Mark): string {
  const { type, x, y, width, height } = mark;
  const right = x + width;
  const bottom = y + height;
  const centre = { x: x + width / 2, y: y + height / 2 };
  switch (type) {
    case 'initial':
      return `<circle class="initial" cx="${centre.x}" cy="${centre.y}" r="${width / 2}"/>`;
    case 'choice':
      return `<path class="choice" d="M${centre.x} ${y}L${right} ${centre.y}L${centre.x} ${bottom}L${x} ${centre.y}z"/>`;
    case 'anywhere': {
      const frame = `<rect class="anywhere" ${attributes(mark)} rx="${height / 2}"/>`;
      return frame + drawText([ANYWHERE], x + PADDING, y + (height - LINE) / 2);
    }
  }
}

function drawPath(path: Path, marks: Marks | undefined): string {
  const { points, arrow } = path;
  const kind = arrow?.kind ?? 'none';
  const start = arrow?.isMutual ? ' marker-start="url(#start)"' : '';
  return `<path class="${classOf(kind)}"${start}${marks?.ofArrow(path) ?? ''} marker-end="url(#${kind})" d="${rounded(points)}"/>`;
}

function classOf(kind: Kind): string {
  return `arrow ${kind}${kind === 'always' ? ' dashed' : ''}`;
}

function drawLabel(label: Label, path: Path, marks: Marks | undefined): string {
  const text = `<rect class="label" ${attributes(label)} rx="4"/>${drawText(label.lines, label.x + 4, label.y + 3)}`;
  return marks === undefined ? text : `<g class="named"${marks.ofArrow(path)}>${text}</g>`;
}

/** A line with rounded corners. */
function rounded(points: readonly Point[]): string {
  const corners = points.slice(1, -1).map((corner, index) => {
    const before = towards(corner, points[index]!);
    const after = towards(corner, points[index + 2]!);
    return `L${before.x} ${before.y}Q${corner.x} ${corner.y} ${after.x} ${after.y}`;
  });
  const start = points[0]!;
  const end = points.at(-1)!;
  return `M${start.x} ${start.y}${corners.join('')}L${end.x} ${end.y}`;
}

/** A few pixels from one point towards another, which is straight above, below or beside it. */
function towards(from: Point, to: Point): Point {
  const step = (distance: number) => Math.sign(distance) * Math.min(5, Math.floor(Math.abs(distance) / 2));
  return { x: from.x + step(to.x - from.x), y: from.y + step(to.y - from.y) };
}

function drawText(lines: readonly Line[], x: number, y: number): string {
  return lines
    .map((line, index) => {
      const place = `x="${x + indentOf(line)}" y="${y + index * LINE + 12}"`;
      return `<text ${place}>${line.map(drawPiece).join('')}</text>`;
    })
    .join('');
}

/** Indentation is set by the position, since viewers differ in whether they keep leading spaces. */
function drawPiece({ text, style }: Piece, index: number): string {
  return `<tspan class="${style}">${escapeText(index === 0 ? text.trimStart() : text)}</tspan>`;
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/**
 * A sequence as an SVG image: a lifeline for each participant, with time going down.
 *
 * Like the images of the machines, it has its own background and its own colours for dark pages.
 */
import { LINE, NAME, type Style } from '../../src/cli/drawing/text.js';
import { styleOf, type Theme } from '../../src/cli/drawing/theme.js';
import {
  BADGE,
  type Columns,
  columnsOf,
  extentOf,
  HEAD,
  halfOf,
  headWidth,
  heightOf,
  LOOP,
  MARGIN,
  MESSAGE,
  NOTE,
  PADDING,
  textWidth,
} from './columns.js';
import type { Kind, Lifeline, Message, Note, Sequence } from './sequence.js';

/** The width that fits on a page. */
export const WIDTH = 830;

/** The colour of each kind of message, and its name in the legend. */
const KINDS: Readonly<Record<Kind, { readonly style: Style; readonly legend: string }>> = {
  call: { style: 'command', legend: 'calls' },
  event: { style: 'output', legend: 'events' },
  wire: { style: 'name', legend: 'on the wire' },
  fact: { style: 'fact', legend: 'facts' },
  order: { style: 'description', legend: 'orders' },
  time: { style: 'time', legend: 'the turn ends' },
};
const NAMES = Object.keys(KINDS) as Kind[];

/** The text of one `.svg` file. */
export function svg(sequence: Sequence): string {
  const { title, lifelines, rows } = sequence;
  const columns = columnsOf(sequence, LEGEND_WIDTH);
  const width = extentOf(sequence, columns, LEGEND_WIDTH);
  const top = MARGIN + LINE + PADDING;
  const first = top + HEAD + PADDING;
  const height = first + rows.reduce((sum, row) => sum + heightOf(row), 0) + MARGIN;
  const drawn: string[] = [];
  let y = first;
  for (const row of rows) {
    drawn.push(row.type === 'note' ? drawNote(row, columns, y) : drawMessage(row, columns, y));
    y += heightOf(row);
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<style>\n${STYLE}\n</style>`,
    `<defs>${NAMES.map(arrowHead).join('')}</defs>`,
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    drawLegend(),
    ...lifelines.map((lifeline) => drawLifeline(lifeline, columns.get(lifeline)!, top, height - MARGIN)),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = styleOf(
  [
    `.head{font-size:${NAME}px;font-weight:bold}`,
    '.middle{text-anchor:middle}',
    '.event{font-weight:bold}',
    '.arrow{stroke-width:1.3;fill:none}',
  ],
  colours,
);

function colours(theme: Theme): string {
  return [
    `.ground,.under{fill:${theme.ground}}`,
    `.box{fill:${theme.region};stroke:${theme.border}}`,
    `.life{stroke:${theme.border};stroke-opacity:.6;stroke-dasharray:3 3}`,
    `.head,.note{fill:${theme.name}}`,
    ...NAMES.map((kind) => `.${kind}{fill:${theme[KINDS[kind].style]}}`),
    ...NAMES.map((kind) => `.arrow.${kind}{fill:none;stroke:${theme[KINDS[kind].style]}}`),
    `.number{fill:${theme.ground};font-weight:bold}`,
  ].join('\n');
}

function arrowHead(kind: Kind): string {
  const size = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse"';
  return `<marker id="${kind}" ${size} orient="auto"><path class="${kind}" d="M0 0L8 4L0 8z"/></marker>`;
}

const SAMPLE = 22;
const SPACE = 14;
const LEGEND_WIDTH = NAMES.reduce((sum, kind) => sum + SAMPLE + 6 + textWidth(KINDS[kind].legend) + SPACE, MARGIN);

function drawLegend(): string {
  let x = MARGIN;
  return NAMES.map((kind) => {
    const { legend } = KINDS[kind];
    const middle = MARGIN + LINE / 2;
    const arrow = drawPath(kind, `M${x} ${middle}L${x + SAMPLE} ${middle}`);
    const text = drawText(legend, kind, x + SAMPLE + 6, MARGIN + 12);
    x += SAMPLE + 6 + textWidth(legend) + SPACE;
    return arrow + text;
  }).join('\n');
}

function drawLifeline(lifeline: Lifeline, x: number, top: number, bottom: number): string {
  const width = headWidth(lifeline);
  const line = `<path class="life" d="M${x} ${top + HEAD}L${x} ${bottom}"/>`;
  return line + drawBox(x - width / 2, top, width, HEAD) + drawText(lifeline, 'head middle', x, top + HEAD / 2 + 4);
}

function drawNote(note: Note, columns: Columns, y: number): string {
  const x = columns.get(note.at)!;
  const half = halfOf(note);
  return drawBox(x - half, y + 2, 2 * half, NOTE - 4) + drawText(note.text, 'note middle', x, y + NOTE / 2 + 4);
}

function drawMessage(message: Message, columns: Columns, y: number): string {
  const { from, to, kind, text, place } = message;
  const [start, end] = [columns.get(from)!, columns.get(to)!];
  if (from === to) return drawLoop(message, start, y);
  const bottom = y + MESSAGE - 5;
  const label = drawLabel(text, kind, (start + end) / 2, y);
  const badge = place === undefined ? '' : drawBadge(place, end - BADGE - 4, bottom);
  return label + drawPath(kind, `M${start} ${bottom}L${end} ${bottom}`) + badge;
}

/** With a background, since it may be on a lifeline between the two. */
function drawLabel(text: string, kind: Kind, middle: number, y: number): string {
  const width = textWidth(text) + 4;
  const under = `<rect class="under" x="${middle - width / 2}" y="${y + 2}" width="${width}" height="${LINE - 2}"/>`;
  return under + drawText(text, `${kind} middle`, middle, y + 13);
}

function drawLoop({ kind, text }: Message, x: number, y: number): string {
  const out = x + LOOP;
  const path = `M${x} ${y + 6}L${out} ${y + 6}L${out} ${y + MESSAGE - 6}L${x} ${y + MESSAGE - 6}`;
  return drawPath(kind, path) + drawText(text, kind, out + PADDING, y + MESSAGE / 2 + 4);
}

function drawBadge(place: number, x: number, y: number): string {
  return `<circle class="event" cx="${x}" cy="${y}" r="${BADGE}"/>${drawText(String(place), 'number middle', x, y + 4)}`;
}

function drawBox(x: number, y: number, width: number, height: number): string {
  return `<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`;
}

function drawPath(kind: Kind, path: string): string {
  const dashed = kind === 'fact' || kind === 'time' ? ' dashed' : '';
  return `<path class="arrow ${kind}${dashed}" marker-end="url(#${kind})" d="${path}"/>`;
}

function drawText(text: string, name: string, x: number, y: number): string {
  return `<text class="${name}" x="${x}" y="${y}">${escapeText(text)}</text>`;
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

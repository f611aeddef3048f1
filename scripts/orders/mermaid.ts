/** A sequence as a Mermaid diagram. */
import type { Kind, Row, Sequence } from './sequence.js';

/** Calls, orders and bytes have solid arrows, all others dashed ones. */
const ARROWS: Readonly<Record<Kind, string>> = {
  call: '->>',
  order: '->>',
  wire: '->>',
  event: '-->>',
  fact: '-->>',
  time: '-->>',
};

/** The text of one `.mmd` file. */
export function mermaid({ title, lifelines, rows }: Sequence): string {
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'sequenceDiagram',
    ...lifelines.map((lifeline) => `  participant ${lifeline}`),
    ...rows.map((row) => `  ${lineOf(row)}`),
    '',
  ].join('\n');
}

function lineOf(row: Row): string {
  if (row.type === 'note') return `Note over ${row.at}: ${escapeText(row.text)}`;
  const place = row.place === undefined ? '' : `${row.place}. `;
  return `${row.from}${ARROWS[row.kind]}${row.to}: ${place}${escapeText(row.text)}`;
}

/** Mermaid ends a text at these characters, but reads their codes. */
function escapeText(text: string): string {
  return text.replace(/[;#]/g, (char) => `#${char.charCodeAt(0)};`);
}

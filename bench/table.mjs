/** The table of the bench: a line for each figure, ratios only. */
import { median } from './measure.mjs';

/** The first column is left-aligned, the others right-aligned. */
const columns = [
  ['', 30],
  ['ratio', 9],
  ['rounds', 13],
  ['CPU', 9],
  ['busy %', 16],
  ['mark', 10],
  ['', 13],
];

export const legend = `ratio   statewire / node:http in the same round, the median; higher is better, except for memory and start-up
rounds  the lowest and the highest round
CPU     the same ratio for the CPU time per response of the measured side, server or client; it varies less
busy    the share of their cores that node:http, statewire and the other side used
mark    of start-up by CPU; else judged by the ratio, or by CPU if one of the two was less than 90 % busy: then something else was the bottleneck`;

export const line = (cells) =>
  cells
    .map((cell, index) => (index === 0 ? cell.padEnd(columns[index][1]) : cell.padStart(columns[index][1])))
    .join('')
    .trimEnd();

export const heading = line(columns.map(([title]) => title));

const times = (ratio) => `${ratio.toFixed(2)}x`;
const spread = (values) => `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;
const pick = (rows, name) => rows.map((row) => row[name]);
const divide = (above, below) => above.map((value, round) => value / below[round]);
const shares = (parts) => parts.map((share) => (Number.isNaN(share) ? '–' : Math.round(share * 100))).join(' / ');

/** @returns {string[]} the cells of a mark, judged by the printed precision; none if the line has no mark */
function verdict(value, { atLeast, atMost, unit = 'x' } = {}) {
  const printed = Number(value.toFixed(2));
  if (atLeast !== undefined) return [`≥ ${atLeast}${unit}`, printed >= atLeast ? 'reached' : 'not reached'];
  if (atMost !== undefined) return [`≤ ${atMost}${unit}`, printed <= atMost ? 'reached' : 'not reached'];
  return [];
}

export function speedLine(title, node, subject, mark) {
  const speed = divide(pick(subject, 'speed'), pick(node, 'speed'));
  const work = divide(pick(node, 'work'), pick(subject, 'work'));
  const busy = [pick(node, 'busy'), pick(subject, 'busy'), pick([...node, ...subject], 'loadBusy')].map(median);
  const judged = Math.min(busy[0], busy[1]) < 0.9 ? work : speed;
  const figures = [times(median(speed)), spread(speed), times(median(work)), shares(busy)];
  return line([title, ...figures, ...verdict(median(judged), mark)]);
}

export function memoryLine(title, name, node, subject, mark) {
  const ratio = divide(pick(subject, name), pick(node, name));
  return line([title, times(median(ratio)), spread(ratio), '', '', ...verdict(median(ratio), mark)]);
}

export function startUpLine(title, node, subject, mark) {
  const extra = (name) => median(pick(subject, name)) - median(pick(node, name));
  const shown = (value) => `+${value.toFixed(1)} ms`;
  const work = 'work' in subject[0] ? extra('work') : undefined;
  const time = extra('time');
  return line([
    title,
    ` ${shown(time)}`,
    '',
    work === undefined ? '' : shown(work),
    '',
    ...verdict(work ?? time, mark),
  ]);
}

/** The table that the bench prints: a line for each figure, ratios only. */
import { median } from './measure.mjs';

/** The first column is aligned to the left, the others to the right. */
const columns = [
  ['', 30],
  ['ratio', 9],
  ['rounds', 13],
  ['CPU', 9],
  ['busy %', 16],
  ['mark', 10],
  ['', 13],
];

export const legend = `ratio   statewire / node:http in the same round, the median; more is better, for memory and start-up less
rounds  the lowest and the highest of the rounds
CPU     the same ratio for the CPU time per answer of what is measured, server or client; it is the steadier of the two
busy    the share of its core that node:http, statewire and the other side used
mark    judged by the ratio, or by CPU where one of the two was less than 90 % busy: something else was the bottleneck there`;

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

/** @returns {string[]} the cells of a mark, judged as precisely as it is printed; none when the line has no mark */
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
  const extra = median(pick(subject, 'time')) - median(pick(node, 'time'));
  return line([title, `+${extra.toFixed(1)} ms`, '', '', '', ...verdict(extra, mark)]);
}

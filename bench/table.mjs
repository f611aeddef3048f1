/** The table of the bench: what its columns are, and how figures are written. */

/** The first column is left-aligned, the others right-aligned. */
const columns = [
  ['', 46],
  ['CPU', 9],
  ['rounds', 17],
  ['clock', 11],
  ['p99', 8],
  ['busy %', 15],
  ['faults', 17],
  ['GC %', 10],
  ['bytes', 15],
  ['mark', 9],
  ['', 14],
];

export const legend = `Ratios are relative to node:http in the same round. The figures in pairs are node:http's / those of the line. All are medians.

CPU     CPU time per response of the measured side, server or client: node:http's over the line's, so higher is better. The mark is for it
rounds  the lowest and the highest round, and how many count: the control must be like that of the others
clock   the same ratio for the responses in a second
p99     the line's 99th percentile of the times from request to response, over node:http's: lower is better
busy    the share of their cores that node:http, the line and the other side used
faults  minor page faults (Linux), per 1,000 responses or per GiB
GC      the time of collecting garbage, by the clock, over the CPU time: too high for both if the machine is busy
bytes   that are allocated on the JavaScript heap: KiB per response or per MiB

Of start-up, memory and bytes allocated, less is better.`;

/** @param {string[]} cells; those missing are empty */
export const line = (cells) =>
  cells
    .map((cell = '', index) => (index === 0 ? cell.padEnd(columns[index][1]) : cell.padStart(columns[index][1])))
    .join('')
    .trimEnd();

export const heading = line(columns.map(([title]) => title));

const markColumn = columns.findIndex(([title]) => title === 'mark');

/** A line with few figures, and the cells of the mark in their columns. */
export const shortLine = (title, figures, mark) => {
  const cells = [title, ...figures];
  return line([...cells, ...Array(markColumn - cells.length).fill(''), ...mark]);
};

export const times = (ratio) => (Number.isFinite(ratio) ? `${ratio.toFixed(2)}x` : '–');
export const spread = (values) => `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;
const share = (value) => (Number.isFinite(value) ? String(Math.round(value * 100)) : '–');
export const shares = (values) => values.map(share).join(' / ');

/** @returns {string} the values with as many digits as a reader can use */
export const amounts = (values) =>
  values
    .map((value) => {
      if (!Number.isFinite(value)) return '–';
      return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
    })
    .join(' / ');

/** The lines of the table, from the figures of the rounds. */
import { countable } from './control.mjs';
import { marks, verdict } from './marks.mjs';
import { KIB } from './scenarios.mjs';
import { median } from './statistics.mjs';
import { amounts, line, shares, shortLine, spread, times } from './table.mjs';

const titles = {
  net: 'ceiling: net, no parsing',
  undici: 'undici.request',
  pool: 'undici Pool.request, body.dump',
  dispatch: 'undici Pool.dispatch',
};

/** The rounds of one contender beside those of node:http. */
class Compared {
  constructor(node, subject) {
    this.node = node;
    this.subject = subject;
  }

  /** @returns {number[]} the subject's over node:http's, by round */
  ratios(name) {
    return this.subject.map((figures, round) => figures[name] / this.node[round][name]);
  }

  ratio(name) {
    return median(this.ratios(name));
  }

  /** @returns {[node: number, subject: number]} */
  both(name) {
    return [this.node, this.subject].map((rounds) => median(rounds.map((figures) => figures[name])));
  }
}

function rateLine(title, compared, rounds, mark) {
  const gains = compared.ratios('work').map((ratio) => 1 / ratio);
  return line([
    title,
    times(median(gains)),
    `${spread(gains)} ${rounds}`,
    times(compared.ratio('speed')),
    times(compared.ratio('p99')),
    shares([...compared.both('busy'), compared.both('oppositeBusy')[1]]),
    amounts(compared.both('faults')),
    shares(compared.both('gc')),
    amounts(compared.both('bytes').map((bytes) => bytes / KIB)),
    ...mark(median(gains)),
  ]);
}

/** @returns {{ lines: string[], p99: number, refusal?: string }} */
function rateLines({ name, title, size }, impls, rounds) {
  const { shown, count, refusal } = countable(rounds);
  const judge = (key) => (value) => {
    const [mark, reached] = verdict(value, marks[key]);
    return mark === undefined ? [] : [mark, refusal ? 'no verdict' : reached];
  };
  const [subject, ...beside] = impls.slice(1).map(
    (_impl, index) =>
      new Compared(
        shown.map(({ figures }) => figures[0]),
        shown.map(({ figures }) => figures[index + 1]),
      ),
  );
  const lines = [rateLine(title, subject, `${count}/${rounds.length}`, judge(name))];
  if (refusal) lines.push(`  ${refusal}`);
  if (size) lines.push(line(['  MiB per CPU second', '', amounts(subject.both('perCpuSecond'))]));
  const bytes = `${name} bytes`;
  if (marks[bytes]) {
    const ratio = subject.ratio('bytes');
    lines.push(
      shortLine('  bytes allocated per response', [times(ratio), spread(subject.ratios('bytes'))], judge(bytes)(ratio)),
    );
  }
  for (const [index, compared] of beside.entries()) {
    lines.push(rateLine(`  ${titles[impls[index + 2]]}`, compared, '', () => []));
  }
  return { lines, p99: subject.ratio('p99'), refusal };
}

function memoryLines({ name, title }, _impls, [node, subject]) {
  const compared = new Compared(node, subject);
  const lines = ['heap', 'rss'].map((part) => {
    const ratio = compared.ratio(part);
    const mark = verdict(ratio, marks[`${name} ${part}`]);
    return shortLine(`${title}, ${part} each`, [times(ratio), spread(compared.ratios(part))], mark);
  });
  return { lines };
}

/** By CPU time, if it's known. */
function startLines({ name, title }, _impls, [node, subject]) {
  const compared = new Compared(node, subject);
  const extra = (part) => {
    const [less, more] = compared.both(part);
    return more - less;
  };
  const shown = (value) => `+${value.toFixed(1)} ms`;
  const time = extra('time');
  const work = extra('work');
  const mark = (value) => verdict(value, marks[name]);
  if (Number.isNaN(work)) return { lines: [shortLine(title, ['', '', shown(time)], mark(time))] };
  return { lines: [shortLine(title, [shown(work), '', shown(time)], mark(work))] };
}

/**
 * By kind of scenario. Each is given the scenario, the implementations and what was measured of them.
 * @type {Record<string, (...args: object[]) => { lines: string[], p99?: number, refusal?: string }>}
 */
export const linesOf = { rate: rateLines, client: rateLines, memory: memoryLines, start: startLines };

/** @param {{ title: string, p99: number, refusal?: string }[]} rates at full load. If one has no verdict, all have none */
export function worstLatency(rates) {
  const { title, p99 } = rates.toSorted((a, b) => b.p99 - a.p99)[0];
  const [mark, reached] = verdict(p99, marks.p99);
  const judged = rates.some(({ refusal }) => refusal) ? 'no verdict' : reached;
  return shortLine(`p99 at full load, the worst: ${title}`, ['', '', times(p99)], [mark, judged]);
}

/** The report at the end of a run. */
import { mayPass } from './expectations.mjs';

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {string} [excluded] why it was not run
 * @property {import('./execute.mjs').Outcome} [host] with the host's own modules
 * @property {import('./execute.mjs').Outcome} [outcome] with statewire, if the host passes
 * @property {string} [output] of the last run
 */

/** The results that count: those of files that pass on the host. */
export const countedOf = (results) => results.filter(({ host }) => host === 'passes');

/**
 * @param {Result[]} results
 * @param {Record<string, string>} causes
 * @returns {string}
 */
export function table(results, causes) {
  const counted = countedOf(results);
  const failed = counted.filter(({ outcome }) => outcome !== 'passes');
  const hung = failed.filter(({ outcome }) => outcome === 'hangs');
  const passed = counted.length - failed.length;
  const share = counted.length === 0 ? '' : `${((100 * passed) / counted.length).toFixed(1)} %`;
  return [
    row('files', results.length),
    ...tally(results, ({ excluded }) => excluded).map(([reason, count]) => row(`  excluded: ${reason}`, count)),
    row('  skip themselves on this host', results.filter(({ host }) => host === 'skips').length),
    row("  fail with the host's own modules", results.filter(({ host }) => isFault(host)).length),
    row('counted', counted.length),
    row('  pass', passed, share),
    row('  fail', failed.length - hung.length),
    row('  hang', hung.length),
    ...tally(failed, ({ name }) => causes[name] ?? 'unexpected').map(([cause, count]) => row(`    ${cause}`, count)),
  ].join('\n');
}

/** @param {Result[]} results of the host alone */
export function hostTable(results) {
  return tally(results, ({ excluded, host }) => (excluded ? `excluded: ${excluded}` : host))
    .map(([outcome, count]) => row(outcome, count))
    .join('\n');
}

export const isFault = (outcome) => outcome === 'fails' || outcome === 'hangs';

/**
 * @param {Result[]} results
 * @param {Record<string, string>} causes
 * @returns {string[]} a line for each file that does not do what is expected
 */
export function surprises(results, causes) {
  return countedOf(results).flatMap(({ name, outcome }) => {
    const isListed = name in causes;
    if (outcome === 'passes')
      return isListed && !mayPass(causes[name]) ? [`${name} passes, but is listed: ${causes[name]}`] : [];
    return isListed ? [] : [`${name} ${outcome}, and is not listed`];
  });
}

function tally(items, keyOf) {
  const counts = new Map();
  for (const key of items.map(keyOf).filter((each) => each !== undefined)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function row(title, count, remark = '') {
  return `${String(count).padStart(4)}  ${title.padEnd(10)}  ${remark}`.trimEnd();
}

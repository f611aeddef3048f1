/** The files that are known to fail, each with its cause. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const path = join(import.meta.dirname, 'expectations.jsonc');

const head = `// The files of Node's tests that the host passes and statewire does not, each with the cause.
// A cause may begin with the lines of Node on which the file fails: "before 24: ", "since 24: ".
// "in some trees: " is the test of one line of Node, while those of others pass.
// \`test/node/run <folder> --update\` writes this file, and keeps the causes.
`;

/**
 * @param {Record<string, string>} causes
 * @param {number} major of the host
 * @returns {Record<string, string>} those that hold on this host
 */
export function expectedOn(causes, major) {
  const holds = ([, cause]) => {
    const [, word, line] = /^(before|since) (\d+): /.exec(cause) ?? [];
    return word === undefined || major < Number(line) === (word === 'before');
  };
  return Object.fromEntries(Object.entries(causes).filter(holds));
}

/** The cause of a new entry, to be replaced by hand. */
const UNKNOWN = 'not investigated';

/** Whether the test of another line of Node may pass. */
export const mayPass = (cause) => cause.startsWith('in some trees: ');

/** @returns {Record<string, string>} the causes by file name */
export function readExpectations() {
  const lines = readFileSync(path, 'utf8').split('\n');
  return JSON.parse(lines.filter((line) => !line.startsWith('//')).join('\n'));
}

/** @param {Record<string, string>} causes */
export function writeExpectations(causes) {
  const sorted = Object.fromEntries(Object.entries(causes).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${head}${JSON.stringify(sorted, null, 2)}\n`);
}

/**
 * @param {Record<string, string>} causes
 * @param {{ name: string, outcome: string }[]} counted the results of this run
 * @param {number} major of the host
 * @returns {Record<string, string>} the causes of the files that fail now, were not run, or fail on other hosts
 */
export function updated(causes, counted, major) {
  const expected = expectedOn(causes, major);
  const isPassing = ({ name, outcome }) => outcome === 'passes' && name in expected && !mayPass(expected[name]);
  const passed = new Set(counted.filter(isPassing).map(({ name }) => name));
  const failed = counted.filter(({ outcome }) => outcome !== 'passes');
  return {
    ...Object.fromEntries(failed.map(({ name }) => [name, UNKNOWN])),
    ...Object.fromEntries(Object.entries(causes).filter(([name]) => !passed.has(name))),
  };
}

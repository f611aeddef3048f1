/** The files that are known to fail, each with its cause. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const path = join(import.meta.dirname, 'expectations.jsonc');

const head = `// The files of Node's tests that the host passes and statewire does not, each with the cause.
// \`test/node/run <folder> --update\` writes this file, and keeps the causes.
`;

/** The cause of a new entry, to be replaced by hand. */
const UNKNOWN = 'not investigated';

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
 * @returns {Record<string, string>} the causes of the files that fail now or were not run
 */
export function updated(causes, counted) {
  const passed = new Set(counted.filter(({ outcome }) => outcome === 'passes').map(({ name }) => name));
  const failed = counted.filter(({ outcome }) => outcome !== 'passes');
  return {
    ...Object.fromEntries(failed.map(({ name }) => [name, UNKNOWN])),
    ...Object.fromEntries(Object.entries(causes).filter(([name]) => !passed.has(name))),
  };
}

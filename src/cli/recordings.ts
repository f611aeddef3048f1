/** Runs tests of findings once more, each in a process of its own, and saves what crosses the boundary of statewire there. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { entries } from './byNeed.js';

/** A test that takes longer is ended, and has no journal, in ms. */
const LONGEST = 60_000;

/** In the text of a program: it is no import of this file. */
const IMPORT = 'import';

const codeOf = (journal: string, test: string, file: string): string => `
${IMPORT} { record } from ${JSON.stringify(journal)};
const journal = record({ bytes: 'raw', redact: false });
process.once('beforeExit', () => {
  journal.stop();
  void journal.save(${JSON.stringify(file)});
});
await ${IMPORT}(${JSON.stringify(pathToFileURL(test).href)});
`;

/** @returns the paths of the journals, beside the tests */
export async function recordTests(tests: readonly string[]): Promise<string[]> {
  if (entries === undefined) return [];
  const saved: string[] = [];
  for (const test of tests) {
    const file = test.replace(/\.test\.mjs$/, '.swj');
    await run(entries.register, codeOf(entries.journal, test, file));
    if (existsSync(file)) saved.push(file);
  }
  return saved;
}

/** It fails, since the test does. */
function run(register: string, code: string): Promise<void> {
  const args = ['--import', register, '--input-type=module', '-e', code];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: LONGEST, killSignal: 'SIGKILL' }, () => resolve());
  });
}

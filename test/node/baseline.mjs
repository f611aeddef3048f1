/** The outcome of each file with the host's own modules, remembered between runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only stable outcomes are remembered: a failure may be due to the machine, so the file runs again. */
const stable = ['passes', 'skips'];

export class Baseline {
  path = join(tmpdir(), `statewire-node-baseline-${process.version}.json`);

  constructor() {
    this.known = this.read();
  }

  read() {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8'));
    } catch {
      return {};
    }
  }

  /**
   * @param {import('./files.mjs').TestFile} test
   * @returns {import('./execute.mjs').Outcome | undefined}
   */
  get({ digest }) {
    return this.known[digest];
  }

  set({ digest }, outcome) {
    if (stable.includes(outcome)) this.known[digest] = outcome;
  }

  save() {
    writeFileSync(this.path, JSON.stringify(this.known));
  }
}

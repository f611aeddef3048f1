/** What the host's own node:http does with each file, remembered between runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only what holds is remembered: a failure may be the machine's, and is looked at again. */
const lasting = ['passes', 'skips'];

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
    if (lasting.includes(outcome)) this.known[digest] = outcome;
  }

  save() {
    writeFileSync(this.path, JSON.stringify(this.known));
  }
}

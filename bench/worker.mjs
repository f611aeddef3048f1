/** A process of the bench, pinned to a core where `taskset` exists, that answers one message with one message. */
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Server on one core, load on another; without taskset, or with a single core, the system places them. */
export const canPin =
  process.platform === 'linux' && availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

export const cores = { server: 0, load: 1 };

/** @returns {[command: string, args: string[]]} node with `args`, on `core` */
export function pinned(core, args) {
  return canPin ? ['taskset', ['-c', String(core), process.execPath, ...args]] : [process.execPath, args];
}

export class Worker {
  /**
   * @param {string} file beside this one
   * @param {{ args?: string[], flags?: string[], env?: Record<string, string> }} [options] `flags` are node's own
   */
  constructor(core, file, { args = [], flags = [], env = {} } = {}) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    this.name = file;
    this.child = spawn(...pinned(core, [...flags, path, ...args]), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
    });
    this.complaint = '';
    this.child.stderr.on('data', (text) => {
      this.complaint += text;
    });
  }

  /** @returns {Promise<object>} the next message; rejects when the process fails, ends, or is silent for a minute */
  hear() {
    return new Promise((resolve, reject) => {
      const give = (error, answer) => {
        clearTimeout(timer);
        this.child.off('message', onMessage).off('exit', onExit).off('error', give);
        if (error) reject(error);
        else resolve(answer);
      };
      const onMessage = (answer) => give(answer.failure && new Error(answer.failure), answer);
      const onExit = () => give(new Error(`${this.name} ended: ${this.lastWords()}`));
      const timer = setTimeout(() => give(new Error(`${this.name} gave no answer for a minute`)), 60_000);
      this.child.on('message', onMessage).on('exit', onExit).on('error', give);
    });
  }

  ask(message) {
    const answer = this.hear();
    this.child.send(message, () => {});
    return answer;
  }

  lastWords() {
    return /^\w*Error.*$/m.exec(this.complaint)?.[0] ?? `exit code ${this.child.exitCode}`;
  }

  stop() {
    this.child.kill('SIGKILL');
  }
}

/** A process of the bench, pinned to a core if `taskset` exists. It replies to each message with one message. */
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Whether server and load have a core each. Without taskset, or with a single core, the system schedules them. */
export const canPin =
  process.platform === 'linux' && availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

export const cores = { server: 0, load: 1 };

/** @returns {[command: string, args: string[]]} node with `args`, on `core` */
export function pinned(core, args) {
  return canPin ? ['taskset', ['-c', String(core), process.execPath, ...args]] : [process.execPath, args];
}

export class Worker {
  /**
   * @param {string} file in this folder
   * @param {{ args?: string[], flags?: string[], env?: Record<string, string> }} [options] `flags` are options of node
   */
  constructor(core, file, { args = [], flags = [], env = {} } = {}) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    this.name = file;
    this.child = spawn(...pinned(core, [...flags, path, ...args]), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
    });
    this.errors = '';
    this.child.stderr.on('data', (text) => {
      this.errors += text;
    });
  }

  /** @returns {Promise<object>} the next message; rejects if the process fails, ends, or sends nothing for a minute */
  nextMessage() {
    return new Promise((resolve, reject) => {
      const settle = (error, message) => {
        clearTimeout(timer);
        this.child.off('message', onMessage).off('exit', onExit).off('error', settle);
        if (error) reject(error);
        else resolve(message);
      };
      const onMessage = (message) => settle(message.failure && new Error(message.failure), message);
      const onExit = () => settle(new Error(`${this.name} ended: ${this.exitReason()}`));
      const timer = setTimeout(() => settle(new Error(`${this.name} sent no message for a minute`)), 60_000);
      this.child.on('message', onMessage).on('exit', onExit).on('error', settle);
    });
  }

  /** @returns {Promise<object>} the reply to the order (orders.mjs) */
  order(name, rest) {
    const reply = this.nextMessage();
    this.child.send({ order: name, ...rest }, () => {});
    return reply;
  }

  exitReason() {
    return /^\w*Error.*$/m.exec(this.errors)?.[0] ?? `exit code ${this.child.exitCode}`;
  }

  stop() {
    this.child.kill('SIGKILL');
  }
}

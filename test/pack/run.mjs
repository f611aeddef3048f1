/** Runs a program in a folder. */
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** Milliseconds after which a program counts as hanging. */
const LIMIT = 120_000;

/** None of npm's own settings, which npm passes on to what it runs: another package manager would warn of them. */
const environment = (more) => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|VITEST|FORCE_COLOR$)/i.test(name)),
  ),
  NO_COLOR: '1',
  CI: 'true',
  ...more,
});

/**
 * @param {string} command @param {readonly string[]} args @param {string} cwd
 * @param {{ until?: string, env?: Record<string, string> }} [options] `until` ends a program that does not end by itself, once it
 *   has printed this
 * @returns {Promise<string>} all that it prints. Rejects if it fails, or hangs
 */
export function run(command, args, cwd, { until, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: environment(env) });
    let output = '';
    let isEnough = false;
    const timer = setTimeout(() => {
      output += `\nnothing for ${LIMIT / 1000} s`;
      child.kill('SIGKILL');
    }, LIMIT);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += stripVTControlCharacters(text);
        isEnough = until !== undefined && output.includes(until);
        if (isEnough) child.kill();
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0 || isEnough) resolve(output);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}:\n${output.trim()}`));
    });
  });
}

/** @param {string} file @param {string} cwd @param {readonly string[]} flags */
export const node = (file, cwd, flags = [], options = {}) => run(process.execPath, [...flags, file], cwd, options);

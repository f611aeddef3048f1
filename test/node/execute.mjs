/** Runs a test in a separate process, and kills what it leaves running. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** How many characters are kept of the end of a test's output. */
const KEPT = 16_384;

/** The drop-in, as programs use it. */
const preload = join(import.meta.dirname, '..', '..', 'dist', 'register.cjs');

/** The running process groups. */
const groups = new Set();

/**
 * @typedef {'passes' | 'fails' | 'hangs' | 'skips'} Outcome
 * @param {import('./files.mjs').TestFile} test
 * @param {object} terms
 * @param {boolean} terms.host whether with the host's own modules
 * @param {number} terms.timeout seconds
 * @param {string} terms.place a folder for temporary files
 * @param {number} terms.slot a number that is unique among running tests
 * @returns {Promise<{ outcome: Outcome, output: string }>}
 */
export function execute(test, { host, timeout, place, slot }) {
  return new Promise((resolve) => {
    // A separate process group: a test may signal its group, and its children are killed with it.
    const child = spawn(process.execPath, [...test.flags, test.path], {
      cwd: place,
      detached: true,
      env: { ...inherited(), ...environment(test, host, place, slot) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    groups.add(child.pid);
    let output = '';
    const keep = (text) => {
      output = (output + text).slice(-KEPT);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    let hangs = false;
    const timer = setTimeout(() => {
      hangs = true;
      end(child.pid);
    }, timeout * 1000);
    child.on('exit', () => {
      clearTimeout(timer);
      end(child.pid);
    });
    child.on('close', (code) => resolve({ outcome: outcomeOf(hangs, code, output), output }));
  });
}

function outcomeOf(hangs, code, output) {
  if (hangs) return 'hangs';
  if (code !== 0) return 'fails';
  return /^1\.\.0 # Skipped/m.test(output) ? 'skips' : 'passes';
}

/** The environment without variables that would affect a test. */
function inherited() {
  const { NODE_OPTIONS, NODE_DEBUG, NODE_PENDING_DEPRECATION, NODE_V8_COVERAGE, ...rest } = process.env;
  return rest;
}

/** The variables of Node's own runner, and the preload, which child processes inherit. */
function environment({ env, alone }, host, place, slot) {
  return {
    NODE_TEST_DIR: place,
    TEST_PARALLEL: alone ? '0' : '1',
    TEST_SERIAL_ID: String(slot),
    TEST_THREAD_ID: String(slot),
    ...(host ? {} : { NODE_OPTIONS: `--require ${JSON.stringify(preload)}` }),
    ...env,
  };
}

function end(group) {
  if (!groups.delete(group)) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Kills everything that is running. */
export function endAll() {
  for (const group of [...groups]) end(group);
}

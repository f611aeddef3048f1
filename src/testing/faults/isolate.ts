/** A walk in a thread of its own: whatever the program does there, a report comes of it. */
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { IdleTimer } from '../../io/clock.js';
import { LOADING } from './module.js';
import { type EveryFaultOptions, PATIENCE } from './options.js';
import { printedSteps } from './printed.js';
import { FaultReport, type FaultReportMembers, type Finding } from './report.js';
import type { FaultProgress } from './walk.js';

/** When nothing has come for so many times the patience, the thread is blocked. */
const BLOCKED = 20;

/** What runs in the thread. */
const CODE = `
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
const load = process.getBuiltinModule('node:module').createRequire(workerData.testing);
if (workerData.register !== undefined) load(workerData.register);
const { everyFault } = load(workerData.testing);
const { kind, href, options } = workerData;
everyFault({ ...options, [kind]: new URL(href), onProgress: (progress) => parentPort.postMessage({ progress }) }).then(
  (report) => parentPort.postMessage({ report: report.toJSON() }),
  (error) => parentPort.postMessage({ error: { message: error.message, code: error.code, stack: error.stack } }),
);
`;

interface Message {
  readonly progress?: FaultProgress;
  readonly report?: FaultReportMembers;
  readonly error?: { readonly message: string; readonly code: string | undefined; readonly stack: string };
}

/** The files of this package; undefined where it was bundled, or runs from its sources. */
function files(): { readonly testing: string; readonly register: string } | undefined {
  try {
    const own: NodeJS.Require = require;
    return { testing: own.resolve('./testing.cjs'), register: own.resolve('./register.cjs') };
  } catch {
    return undefined;
  }
}

class NotIsolated extends Error {
  readonly code = 'STATEWIRE_NOT_ISOLATED';

  constructor() {
    super('A walk has a thread of its own only with the package as it is installed: not in a bundle');
  }
}

/**
 * @param options without functions
 * @param isRegistered whether node:http is statewire
 * @throws STATEWIRE_NOT_ISOLATED, and what everyFault throws in the thread
 */
export function walkIsolated(
  kind: 'server' | 'client',
  { href }: URL,
  options: EveryFaultOptions,
  onProgress: (progress: FaultProgress) => void,
  isRegistered: boolean,
): Promise<FaultReport> {
  const paths = files();
  if (paths === undefined) throw new NotIsolated();
  const { testing, register } = paths;
  const workerData = { testing, register: isRegistered ? register : undefined, kind, href, options };
  const worker = new Worker(CODE, { eval: true, workerData, stdout: true, stderr: true });
  let last: FaultProgress | undefined;
  // What the program prints is printed once, and not where a report may be printed.
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (text) => {
      if ((last?.runs ?? 0) <= 1) process.stderr.write(text);
    });
  }
  return new Promise((resolve, reject) => {
    const { patience = PATIENCE } = options;
    let limit = patience * (LOADING + BLOCKED);
    const watch = new IdleTimer(() => {
      void worker.terminate();
      resolve(endedBy('hang', `the event loop is blocked for ${limit / 1000} s`));
    }, undefined);
    const endedBy = (verdict: Finding['verdict'], text: string): FaultReport =>
      reportOf(kind, href, options, last, verdict, text);
    // The module is loaded first, and has a limit of its own.
    watch.start(limit);
    worker.on('message', ({ progress, report, error }: Message) => {
      limit = patience * BLOCKED;
      watch.start(limit);
      if (progress !== undefined) {
        last = progress;
        onProgress(progress);
        return;
      }
      watch.free();
      if (report !== undefined) resolve(new FaultReport(report));
      else if (error !== undefined) reject(Object.assign(new Error(error.message), error));
      void worker.terminate();
    });
    worker.on('error', (error: Error) => resolve(endedBy('crash', `the thread has ended: ${error.message}`)));
    worker.on('exit', (code) => {
      watch.free();
      resolve(endedBy('crash', `the thread has ended with the exit code ${code}`));
    });
  });
}

/** Of a walk that has ended in one of its runs. */
function reportOf(
  kind: 'server' | 'client',
  href: string,
  { seed = 1, imports }: EveryFaultOptions,
  last: FaultProgress | undefined,
  verdict: Finding['verdict'],
  text: string,
): FaultReport {
  const { fault = 'no fault', script = [], upstream, runs = 0 } = last ?? {};
  const declared = imports ?? `const ${kind} = new URL('${href}');`;
  const test = printedSteps(kind, script, upstream, { verdict, text }, fault, declared);
  return new FaultReport({
    ...{ seed, points: 0, runs, walked: { singles: 0, pairs: 0, of: { singles: 0, pairs: 0 } } },
    findings: [{ verdict, text, fault, script, upstream, times: 1, test }],
    ...{ undecided: [], notes: ['the walk has ended with this run'] },
  });
}

/** `everyFault`: a program with every failure of its peers. */

import { invalidArgValue } from '../../api/compat/errors.js';
import {
  validateArray,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateNumber,
  validateOneOf,
  validateOptions,
  validateString,
} from '../../api/compat/validate.js';
import { defaults } from '../../api/process/defaults.js';
import { clockInstalled } from '../../io/clock.js';
import { refuseForks } from './forks.js';
import { validateProgram } from './given.js';
import { walkIsolated } from './isolate.js';
import { VERDICTS } from './judge.js';
import { makeOf } from './module.js';
import { type EveryFaultOptions, PATIENCE, type ProgramUnderTest } from './options.js';
import type { FaultReport } from './report.js';
import { type Script, send, validateScript } from './script.js';
import { type Plan, Walk } from './walk.js';

const NAMES = [
  ...(['server', 'client', 'script', 'upstream', 'limit', 'seed', 'only'] as const),
  ...(['patience', 'imports', 'isolate', 'onProgress'] as const),
];

let isWalking = false;

/**
 * Runs a program with every failure of its peers: at each point of each exchange FIN, reset, silence, a reader that stops, cuts and
 * more, one by one and in pairs, in memory and in virtual time. What hangs, leaks, crashes, responds twice, sends bytes that are not
 * HTTP, or works on when the peer has gone, is reported as a test of a few lines.
 *
 * While it runs, the timers and the date of this process are virtual, and exceptions that nothing catches are its own. See
 * docs/faults.md.
 *
 * @returns the report
 * @throws rejects with ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE; STATEWIRE_CLOCK_INSTALLED if another one runs
 * or the time is virtual already; STATEWIRE_NO_UPSTREAM if a server under test opens a connection, and there is no `upstream`;
 * STATEWIRE_NO_PROGRAM for a module that can't be taken; STATEWIRE_NOT_ISOLATED; what `server()` throws
 */
export async function everyFault(options: EveryFaultOptions): Promise<FaultReport> {
  const { make, ...plan } = planOf(options);
  const { isolate = false } = options;
  if (isolate) return await isolated(plan.kind, make, options, plan.onProgress);
  if (isWalking) throw clockInstalled();
  isWalking = true;
  const allowForks = refuseForks();
  try {
    const { kind } = plan;
    const program = { kind, make: make instanceof URL ? await makeOf(kind, make, plan.patience) : make };
    return await new Walk({ ...plan, program }).walk();
  } finally {
    allowForks();
    isWalking = false;
  }
}

function isolated(
  kind: 'server' | 'client',
  make: ProgramUnderTest | URL,
  options: EveryFaultOptions,
  onProgress: Plan['onProgress'],
): Promise<FaultReport> {
  if (!(make instanceof URL))
    throw invalidArgValue(`options.${kind}`, make, 'must be the URL of a module, to have a thread of its own');
  const { server, client, isolate, onProgress: _, ...rest } = options;
  return walkIsolated(kind, make, rest, onProgress, defaults.isRegistered === true);
}

function planOf(
  options: EveryFaultOptions,
): Omit<Plan, 'program'> & { kind: 'server' | 'client'; make: ProgramUnderTest | URL } {
  validateOptions(options, NAMES);
  const { server, client, script, upstream, limit = {}, seed = 1, only = VERDICTS } = options;
  const { patience = PATIENCE, imports, onProgress = () => {} } = options;
  if ((server === undefined) === (client === undefined))
    throw invalidArgValue('options', options, 'must have either server or client');
  const kind = server === undefined ? 'client' : 'server';
  const make = (server ?? client) as ProgramUnderTest | URL;
  validateProgram(kind, make);
  validateScript(script, 'options.script', kind === 'server' ? 'client' : 'server');
  if (upstream !== undefined) {
    if (kind === 'client') throw invalidArgValue('options.upstream', upstream, 'is for servers: see script');
    validateScript(upstream, 'options.upstream', 'server');
  }
  validateOptions(limit, ['runs', 'seconds'], 'options.limit');
  const { runs = 500, seconds = 60 } = limit;
  validateInteger(runs, 'options.limit.runs', 1);
  validateNumber(seconds, 'options.limit.seconds', 0);
  validateInteger(seed, 'options.seed', 0, 0xffff_ffff);
  validateArray(only, 'options.only');
  for (const each of only) validateOneOf(each, 'options.only', VERDICTS);
  validateNumber(patience, 'options.patience', 0);
  if (options.isolate !== undefined) validateBoolean(options.isolate, 'options.isolate');
  if (imports !== undefined) validateString(imports, 'options.imports');
  validateFunction(onProgress, 'options.onProgress');
  return {
    ...{ kind, make },
    base:
      kind === 'server'
        ? { script: withBuffers(script), upstream: upstream && withBuffers(upstream) }
        : { script: undefined, upstream: withBuffers(script) },
    limit: { runs, seconds },
    ...{ patience, seed, only, imports: imports ?? declared(kind, make), onProgress },
  };
}

/** A module is named by its URL. */
const declared = (kind: string, make: ProgramUnderTest | URL): string | undefined =>
  make instanceof URL ? `const ${kind} = new URL('${make.href}');` : undefined;

/** From another thread, bytes come as those of an array. */
const withBuffers = (script: Script): Script => script.map((step) => (step.do === 'send' ? send(step.bytes) : step));

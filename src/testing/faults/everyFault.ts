/** `everyFault`: a program with every failure of its peers. */

import type { Agent } from '../../api/agent/Agent.js';
import { invalidArgType, invalidArgValue } from '../../api/compat/errors.js';
import {
  validateArray,
  validateFunction,
  validateInteger,
  validateNumber,
  validateOneOf,
  validateOptions,
  validateString,
} from '../../api/compat/validate.js';
import { clockInstalled } from '../../io/clock.js';
import { type FaultVerdict, VERDICTS } from './judge.js';
import { makeOf } from './module.js';
import type { FaultHttp } from './program.js';
import type { FaultReport } from './report.js';
import { type PeerStep, validateScript } from './script.js';
import { type FaultProgress, type Plan, Walk } from './walk.js';

/** A program under test. */
type Program = (http: FaultHttp, agent: Agent) => unknown;

/** Options of {@link everyFault}. */
export interface EveryFaultOptions {
  /**
   * Makes the server under test, anew for each run: returns what `http.createServer()` returns, a handler of requests, or an
   * application that has a server; or a promise of it. Either this or `client`. It is given statewire's own `http`, and an agent
   * for requests of its own, which go to the peers of `upstream`; other agents of statewire reach them as well.
   *
   * Or the URL of a module that exports one, or calls `listen()`: docs/faults.md.
   */
  readonly server?: Program | URL | undefined;
  /**
   * The client under test, called for each run: makes requests, and returns a promise of their end. Either this or `server`. It is
   * given statewire's own `http`, and an agent with `keepAlive`; other agents of statewire reach the same peers.
   *
   * Or the URL of a module that exports one as `client`.
   */
  readonly client?: Program | URL | undefined;
  /** What the peer does, without faults: for a server, a client on one connection; for a client, its servers. */
  readonly script: readonly PeerStep[];
  /** What the servers do to which a server under test sends requests of its own. Default: it opens no connection. */
  readonly upstream?: readonly PeerStep[] | undefined;
  /**
   * How much is walked: `runs` (500), and `seconds` (60) of the host's time. Findings are shrunk after that. With `runs` 1, the
   * scripts are played as they are.
   */
  readonly limit?: { readonly runs?: number | undefined; readonly seconds?: number | undefined } | undefined;
  /** What the order of runs, and the choice of pairs, follow from. Default 1. */
  readonly seed?: number | undefined;
  /** Only these verdicts. Default: all. */
  readonly only?: readonly FaultVerdict[] | undefined;
  /** How long work outside of the test, such as reading a file, is waited for, in ms. Default 500. */
  readonly patience?: number | undefined;
  /** The lines that declare `server` or `client`, for the tests of findings. Default: an import of './app.js', or the URL. */
  readonly imports?: string | undefined;
  /** Called after each run. */
  readonly onProgress?: ((progress: FaultProgress) => void) | undefined;
}

const NAMES = [
  ...(['server', 'client', 'script', 'upstream', 'limit', 'seed', 'only'] as const),
  ...(['patience', 'imports', 'onProgress'] as const),
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
 * STATEWIRE_NO_PROGRAM for a module that can't be taken; what `server()` throws
 */
export async function everyFault(options: EveryFaultOptions): Promise<FaultReport> {
  const { make, ...plan } = planOf(options);
  if (isWalking) throw clockInstalled();
  isWalking = true;
  try {
    const { kind } = plan;
    const program = { kind, make: make instanceof URL ? await makeOf(kind, make) : make };
    return await new Walk({ ...plan, program }).walk();
  } finally {
    isWalking = false;
  }
}

function planOf(
  options: EveryFaultOptions,
): Omit<Plan, 'program'> & { kind: 'server' | 'client'; make: Program | URL } {
  validateOptions(options, NAMES);
  const { server, client, script, upstream, limit = {}, seed = 1, only = VERDICTS } = options;
  const { patience = 500, imports, onProgress = () => {} } = options;
  if ((server === undefined) === (client === undefined))
    throw invalidArgValue('options', options, 'must have either server or client');
  const kind = server === undefined ? 'client' : 'server';
  const make = server ?? client;
  if (typeof make !== 'function' && !(make instanceof URL))
    throw invalidArgType(`options.${kind}`, ['function', 'URL'], make);
  validateScript(script, 'options.script', kind === 'server' ? 'client' : 'server');
  if (upstream !== undefined) {
    if (kind === 'client') throw invalidArgValue('options.upstream', upstream, 'is for servers: see script');
    validateScript(upstream, 'options.upstream', 'server');
  }
  validateOptions(limit, ['runs', 'seconds']);
  const { runs = 500, seconds = 60 } = limit;
  validateInteger(runs, 'options.limit.runs', 1);
  validateNumber(seconds, 'options.limit.seconds', 0);
  validateInteger(seed, 'options.seed', 0, 0xffff_ffff);
  validateArray(only, 'options.only');
  for (const each of only) validateOneOf(each, 'options.only', VERDICTS);
  validateNumber(patience, 'options.patience', 0);
  if (imports !== undefined) validateString(imports, 'options.imports');
  validateFunction(onProgress, 'options.onProgress');
  return {
    ...{ kind, make },
    base: kind === 'server' ? { script, upstream } : { script: undefined, upstream: script },
    limit: { runs, seconds },
    ...{ patience, seed, only, imports: imports ?? declared(kind, make), onProgress },
  };
}

/** A module is named by its URL. */
const declared = (kind: string, make: Program | URL): string | undefined =>
  make instanceof URL ? `const ${kind} = new URL('${make.href}');` : undefined;

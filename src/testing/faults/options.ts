/** What everyFault takes. */
import type { Agent } from '../../api/agent/Agent.js';
import type { FaultVerdict } from './judge.js';
import type { FaultHttp } from './program.js';
import type { PeerStep } from './script.js';
import type { FaultProgress } from './walk.js';

/** How long work outside of the test is waited for by default, in ms. */
export const PATIENCE = 500;

/** A program under test. */
export type ProgramUnderTest = (http: FaultHttp, agent: Agent) => unknown;

/** Options of `everyFault()`. */
export interface EveryFaultOptions {
  /**
   * Makes the server under test, anew for each run: returns what `http.createServer()` returns, a handler of requests, or an
   * application that has a server; or a promise of it. Either this or `client`. It is given statewire's own `http`, and an agent
   * for requests of its own, which go to the peers of `upstream`; other agents of statewire reach them as well.
   *
   * Or the URL of a module that exports one, or calls `listen()`: docs/faults.md.
   */
  readonly server?: ProgramUnderTest | URL | undefined;
  /**
   * The client under test, called for each run: makes requests, and returns a promise of their end. Either this or `server`. It is
   * given statewire's own `http`, and an agent with `keepAlive`; other agents of statewire reach the same peers.
   *
   * Or the URL of a module that exports one as `client`.
   */
  readonly client?: ProgramUnderTest | URL | undefined;
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
  /**
   * Whether the walk has a thread of its own: then a handler that blocks the event loop, or that ends the process, ends neither this
   * test nor this process. The program must be a URL. Default false.
   */
  readonly isolate?: boolean | undefined;
  /** Called before each run. */
  readonly onProgress?: ((progress: FaultProgress) => void) | undefined;
}

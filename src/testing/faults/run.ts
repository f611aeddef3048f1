/** One run: a script is played against the program, and what comes of it is judged. */
import { Agent } from '../../api/agent/Agent.js';
import type { Moment } from './caller.js';
import { playClient } from './clientRun.js';
import { crashes, misuses, type Sign } from './judge.js';
import { type Make, type NoUpstream, takeConnections, takeListening } from './program.js';
import { Scene } from './scene.js';
import type { Script } from './script.js';
import { playServer } from './serverRun.js';
import type { Stage } from './stage.js';
import { Upstream } from './upstream.js';

/** What is under test. */
export interface Program {
  readonly kind: 'server' | 'client';
  readonly make: Make;
}

/** What its peers do. */
export interface Case {
  /** The peer of a server under test. */
  readonly script: Script | undefined;
  /** The peers of the connections that it opens. */
  readonly upstream: Script | undefined;
}

/** How a run is made. */
export interface RunOptions {
  /** How long real work is waited for, in ms of the host. */
  readonly patience: number;
  /** Whether to look closely at real work. */
  readonly isClose: boolean;
  /** Whether many timers may fire. */
  readonly isLong: boolean;
  /** Whether to note moments. */
  readonly notes: boolean;
  /** What was open in the first run when the peer left. */
  readonly accepted: ReadonlySet<string>;
  /** The types of what the first run has left open outside; undefined in that one. */
  readonly keeps: ReadonlySet<string> | undefined;
}

/** What has come of a run. */
export interface Outcome {
  readonly signs: readonly Sign[];
  /** Why nothing can be said of what waits; undefined if it can. */
  readonly undecided: string | undefined;
  readonly moments: readonly Moment[];
  readonly upstreamMoments: readonly Moment[];
  /** Whether something has happened outside of the world. */
  readonly hasWorked: boolean;
  /** Whether more timers have fired than in a short run. */
  readonly isLong: boolean;
  /** What was open when the peer left. */
  readonly open: readonly string[];
  /** What is odd if it happens without a fault. */
  readonly oddities: readonly string[];
  /** The types of what was left open outside. */
  readonly keeps: readonly string[];
  /** Equal runs have equal ones. */
  readonly print: string;
}

/** Real work, in words. */
const WORK: Readonly<Record<string, string>> = {
  Timeout: 'a timer of the host, which a module has kept from before',
};

/** @throws what the program throws while it is made; STATEWIRE_NO_UPSTREAM */
export async function run(program: Program, { script, upstream: peers }: Case, options: RunOptions): Promise<Outcome> {
  const scene = new Scene(options.patience, options.isClose, options.isLong);
  const upstream = peers === undefined ? undefined : new Upstream(scene, peers, options.notes);
  const agent = new Agent({ keepAlive: true });
  const { notes, accepted, keeps } = options;
  const stage: Stage = { scene, upstream, agent, make: program.make, notes, accepted, keeps, failure: undefined };
  const giveBack = [
    takeConnections(upstream, (error: NoUpstream) => {
      stage.failure ??= error;
    }),
    takeListening(),
  ];
  try {
    const played = await scene.real.run(() =>
      program.kind === 'server' ? playServer(stage, script!) : playClient(stage),
    );
    if (stage.failure !== undefined) throw stage.failure;
    const { isPossible, pending, hasWorked } = scene.real;
    const waits = played.signs.filter(({ verdict, isSure }) => (verdict === 'hang' || verdict === 'leak') && !isSure);
    const isUndecided = scene.isTooLong || (isPossible && waits.length > 0);
    const kept = isUndecided ? played.signs.filter((each) => !waits.includes(each)) : played.signs;
    const signs = [...crashes(scene), ...misuses(scene), ...kept];
    // When something outside ends is not the same each time, nor is what happens in which turn.
    const isSame = ({ ms }: Moment): boolean => !hasWorked || ms > 0;
    return {
      signs,
      undecided: isUndecided ? undecidedText(scene.isTooLong, pending) : undefined,
      moments: played.moments.filter(isSame),
      upstreamMoments: upstream?.moments.filter(isSame) ?? [],
      hasWorked,
      isLong: scene.isLong,
      open: played.open,
      oddities: played.oddities,
      keeps: played.keeps,
      print: [...played.prints, ...signs.map(({ key }) => key)].join(' '),
    };
  } finally {
    scene.guard.isOver = true;
    agent.destroy();
    await scene.end();
    for (const undo of giveBack) undo();
  }
}

function undecidedText(isTooLong: boolean, pending: readonly string[]): string {
  if (isTooLong) return 'the run took more than 5 s';
  const what = pending.length === 0 ? ['a socket of the host'] : pending.map((type) => WORK[type] ?? type);
  return `something outside of the test was pending: ${what.join(', ')}`;
}

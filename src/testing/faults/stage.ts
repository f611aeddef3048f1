/** What the parts of a run share. */
import type { Agent } from '../../api/agent/Agent.js';
import { HORIZON, type Moment } from './caller.js';
import type { Sign } from './judge.js';
import type { Make } from './program.js';
import type { Scene } from './scene.js';
import type { Upstream } from './upstream.js';

export interface Stage {
  readonly scene: Scene;
  readonly upstream: Upstream | undefined;
  readonly agent: Agent;
  readonly make: Make;
  readonly notes: boolean;
  /** What the program leaves open when there is no fault, and the peer leaves: that is no hang. */
  readonly accepted: ReadonlySet<string>;
  /** The types of what it leaves open outside when there is no fault; undefined: that isn't known. */
  readonly keeps: ReadonlySet<string> | undefined;
  /** An error of the test itself, for who has called it. */
  failure: unknown;
}

/** What has come of it. */
export interface Played {
  readonly signs: readonly Sign[];
  readonly moments: readonly Moment[];
  /** What was open when the peer left: the keys of signs. */
  readonly open: readonly string[];
  /** What each peer has got, as a number. */
  readonly prints: readonly number[];
  /** What is odd if it happens without a fault: the script, or the program, may be another than was meant. */
  readonly oddities: readonly string[];
  /** The types of what was left open outside. */
  readonly keeps: readonly string[];
}

/** A program's timers further away than this are not waited for, in ms. */
export const FAR = 3_600_000;

/**
 * Lets everything run that still does.
 * @param limit in ms
 * @param isAlive whether there is something to wait for, besides timers of the program and connections
 */
export async function runOut({ scene }: Stage, limit = HORIZON, isAlive: () => boolean = () => false): Promise<void> {
  const end = scene.now + limit;
  for (;;) {
    const { repeated, once, last } = scene.clock.programTimers(FAR);
    const isOpen = scene.sockets.some(({ destroyed }) => !destroyed);
    if (!isOpen && repeated + once === 0 && !isAlive()) return;
    const until = Math.max(end - scene.now, once > 0 ? last : 0);
    if (await scene.next(until)) continue;
    // Without any timer, as of a server that was made before the walk, time passes all the same.
    if (isOpen && !scene.isTooLong) await scene.advance(end - scene.now);
    return;
  }
}

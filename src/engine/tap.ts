/**
 * Where every transition of every actor can be observed: journal, inspector and explain() are built on it.
 *
 * While nobody listens it costs an actor one look at a variable per event.
 */
import type { EventLike } from './args.js';
import { throwLater } from './later.js';
import type { StateValue } from './model.js';

/** What one event did to one actor. */
export interface Observation {
  /** Position in the order in which actors of this process took their transitions, from 1. */
  readonly seq: number;
  /** The actor, as an identity; it is at rest. */
  readonly actor: object;
  /** Id of its machine. */
  readonly chart: string;
  /** `xstate.init` when the actor started. */
  readonly event: EventLike;
  /** `{}` when the actor started. */
  readonly from: StateValue;
  readonly to: StateValue;
  /** In order; they are delivered after the tap is told. */
  readonly emitted: readonly unknown[];
  /** What a guard or an action threw. The actor has failed and ignores what it is sent. */
  readonly error?: unknown;
}

export type TapListener = (observation: Observation) => void;

const listeners = new Set<TapListener>();
let observed = 0;

/** Whether anyone listens. */
export let tapped = false;

/**
 * Calls `listener` after each transition and before its emissions are delivered.
 *
 * What a listener throws is thrown again from a microtask.
 *
 * @returns stops listening
 */
export function tap(listener: TapListener): () => void {
  // Each call is a subscription of its own, though the function may be the same.
  const subscription: TapListener = (observation) => listener(observation);
  listeners.add(subscription);
  tapped = true;
  return () => {
    listeners.delete(subscription);
    tapped = listeners.size > 0;
  };
}

/** Tells all listeners. */
export function observe(observation: Omit<Observation, 'seq'>): void {
  const numbered: Observation = { seq: ++observed, ...observation };
  for (const listener of listeners) {
    try {
      listener(numbered);
    } catch (error) {
      throwLater(error);
    }
  }
}

/**
 * Observation of all transitions of all actors: for the exported `tap`, and for NODE_DEBUG.
 *
 * Without listeners, an actor reads one variable per event.
 */
import type { EventLike } from './args.js';
import { throwLater } from './later.js';
import type { StateValue } from './model.js';

/** What an observation has whatever the chart. */
export interface Observed {
  /** Position among all transitions of this process, from 1. */
  readonly seq: number;
  /** The actor, as an identity: the same object in all of its observations. It is at rest. */
  readonly actor: object;
  /** The number of the connection that the actor belongs to, of a server or a client; 0 without one. */
  readonly connection: number;
  /**
   * The number of the exchange that the actor belongs to: on its connection, from 1; among all requests of clients while it
   * has no connection. 0 if it belongs to none, as a connection, or a message that the program has made.
   */
  readonly exchange: number;
  /**
   * When, in ms on a monotonic clock. The clock is read when something arrives and when the program calls, not for each
   * transition.
   */
  readonly at: number;
  /** What a guard or an action threw. The actor has failed and ignores further events. */
  readonly error?: unknown;
}

/** The effect of one event on one actor, of any chart. */
export interface Observation extends Observed {
  /** The id of its machine. */
  readonly chart: string;
  readonly event: EventLike;
  readonly from: StateValue;
  readonly to: StateValue;
  readonly emitted: readonly Emitted[];
}

/** What a chart has emitted: a notice for the program or an order, with its data. */
export interface Emitted {
  readonly type: string;
  readonly [name: string]: unknown;
}

export type TapListener = (observation: Observation) => void;

const listeners = new Set<TapListener>();
let observed = 0;

/** Whether there are listeners. */
export let tapped = false;

/**
 * Calls `listener` after each transition, before its emissions are delivered.
 *
 * What a listener throws is rethrown from a microtask.
 *
 * @returns a function that removes the listener
 */
export function tap(listener: TapListener): () => void {
  // Each call is a separate subscription, even with the same function.
  const subscription: TapListener = (observation) => listener(observation);
  listeners.add(subscription);
  tapped = true;
  return () => {
    listeners.delete(subscription);
    tapped = listeners.size > 0;
  };
}

/** Calls all listeners. */
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

import type { EventLike } from './args.js';
import type { Chart } from './chart.js';
import { CompiledActor } from './compiled.js';
import type { Configuration } from './configuration.js';
import type { Track } from './history.js';
import type { Snapshot, StateValue } from './model.js';
import type { Host } from './outbox.js';
import type { Place } from './place.js';
import { WatchedActor, watching } from './watched.js';

export type { EventLike } from './args.js';
export type { StateValue } from './model.js';
export type { Host } from './outbox.js';

/** A running chart. */
export interface Actor<TContext, TEvent extends EventLike, TEmitted> extends Place {
  /**
   * Sends an event. When this returns, the actor has taken its transitions, and the host has received what was waiting
   * and then what these transitions emitted. An actor that is done or has failed ignores the event.
   *
   * @throws what a listener, a guard or an action threw; after a guard or an action threw, the actor has failed
   */
  send(event: TEvent): void;
  /** A live view: it changes with the actor. Others must neither keep nor change it. */
  readonly context: Readonly<TContext>;
  readonly value: StateValue;
  /** The machine's id. */
  readonly id: string;
  /** The actor has reached a final state at the top. */
  readonly done: boolean;
  /** Whether the state is, or is inside, `partial`: `'writing.open'` or `{ writing: 'open' }`. See {@link Chart.matcher}. */
  matches(partial: StateValue): boolean;
  hasTag(tag: string): boolean;
  /** Whether the event would cause a transition that does something. */
  can(event: TEvent): boolean;
  snapshot(): Snapshot<TContext>;
  /** The actor's row in the tables; undefined in XState's own interpreter. */
  readonly configuration: Configuration | undefined;
  /** It belongs to another connection and exchange from now on. */
  move(connection: number, exchange: number, track?: Track): void;
  /** Exists in types only. */
  readonly emits?: TEmitted;
}

/**
 * Starts an actor. Before this returns, the host receives what the chart emits on entry.
 *
 * The actor runs on the compiled tables or, while a watcher is registered, in XState's own interpreter (watched.ts).
 */
export function start<TContext, TEvent extends EventLike, TEmitted, TInput>(
  chart: Chart<TContext, TEvent, TEmitted, TInput>,
  host: Host<TEmitted>,
  ...[input]: undefined extends TInput ? [input?: TInput] : [input: TInput]
): Actor<TContext, TEvent, TEmitted> {
  return watching ? new WatchedActor(chart, host, input) : new CompiledActor(chart, host, input);
}

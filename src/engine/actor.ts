import type { EventLike } from './args.js';
import type { Chart } from './chart.js';
import { CompiledActor } from './compiled.js';
import type { Configuration } from './configuration.js';
import type { Snapshot, StateValue } from './model.js';
import type { Host } from './outbox.js';
import { WatchedActor, watching } from './watched.js';

export type { EventLike } from './args.js';
export type { StateValue } from './model.js';
export type { Host } from './outbox.js';

/** A chart in progress. */
export interface Actor<TContext, TEvent extends EventLike, TEmitted> {
  /**
   * Sends an event: when this returns, the actor has taken its transitions, and what they emitted is delivered to the
   * host, behind what was waiting. Ignored by an actor that is done or has failed.
   *
   * @throws what a listener threw, or what a guard or an action threw: then the actor has failed
   */
  send(event: TEvent): void;
  /** A live view: it changes with the actor, and must not be kept or changed by others. */
  readonly context: Readonly<TContext>;
  readonly value: StateValue;
  /** A final state at the top was reached. */
  readonly done: boolean;
  /** Whether the state is, or is inside, `partial`: `'writing.open'` or `{ writing: 'open' }`. See {@link Chart.matcher}. */
  matches(partial: StateValue): boolean;
  hasTag(tag: string): boolean;
  /** Whether the event would be answered by a transition that does something. */
  can(event: TEvent): boolean;
  snapshot(): Snapshot<TContext>;
  /** The row of the tables that the actor is in; undefined in XState's own interpreter. */
  readonly configuration: Configuration | undefined;
  /** For the types only. */
  readonly emits?: TEmitted;
}

/**
 * Starts an actor. What its chart emits on entry is delivered before this returns.
 *
 * It runs on the compiled tables, or in XState's own interpreter while somebody watches (see watched.ts).
 */
export function start<TContext, TEvent extends EventLike, TEmitted, TInput>(
  chart: Chart<TContext, TEvent, TEmitted, TInput>,
  host: Host<TEmitted>,
  ...[input]: undefined extends TInput ? [input?: TInput] : [input: TInput]
): Actor<TContext, TEvent, TEmitted> {
  return watching ? new WatchedActor(chart, host, input) : new CompiledActor(chart, host, input);
}

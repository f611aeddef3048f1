/**
 * The other interpreter: XState's own, while there are watchers.
 *
 * Chart, interface and outbox are the same; only the transitions are taken by `createActor`, so that XState's inspection
 * protocol and its tools see them.
 */
import { type AnyStateMachine, createActor, type InspectionEvent, type Actor as XStateActor } from 'xstate';
import type { EventLike } from './args.js';
import type { Chart } from './chart.js';
import { machineOf } from './compile.js';
import { emissions } from './frames.js';
import { throwLater } from './later.js';
import type { Snapshot, StateValue } from './model.js';
import { FAILED, type Host, OutboxActor, RESTING, TRANSITIONING } from './outbox.js';
import { stepper } from './step.js';

/** An event of XState's inspection protocol, with the id of the chart. */
type WatchEvent = InspectionEvent & { readonly chart: string };

export interface WatchOptions {
  readonly inspect: ((event: WatchEvent) => void) | { next?(event: WatchEvent): void };
}

const watchers = new Set<WatchOptions>();

/** Whether actors that start now have watchers. */
export let watching = false;

/**
 * Runs the actors that start from now on (of connections, requests, responses …) in XState's own interpreter, with
 * `inspect` receiving their events: for XState's inspectors. It behaves as the tables do, some hundred times slower.
 *
 * What `inspect` throws is rethrown from a microtask.
 *
 * @returns a function that ends this for actors that start later
 */
export function watch(options: WatchOptions): () => void {
  const watcher = { ...options };
  watchers.add(watcher);
  watching = true;
  return () => {
    watchers.delete(watcher);
    watching = watchers.size > 0;
  };
}

export class WatchedActor<TContext, TEvent extends EventLike, TEmitted> extends OutboxActor<
  TContext,
  TEvent,
  TEmitted
> {
  readonly configuration = undefined;
  readonly id: string;
  private readonly actor: XStateActor<AnyStateMachine>;
  private failure: { readonly error: unknown } | undefined = undefined;

  constructor(chart: Chart, host: Host<TEmitted>, input: unknown) {
    super(host);
    this.id = chart.id;
    this.actor = createActor(machineOf(chart), { input, inspect: inspectorOf([...watchers], chart.id) });
    stepper?.started(this);
    this.actor.on('*', (emitted) => emissions.push(emitted));
    this.actor.subscribe({ error: (error) => this.noteFailure(error) });
    this.begin({ type: 'xstate.init', input } as EventLike, () => this.run(() => this.actor.start()));
  }

  get context(): Readonly<TContext> {
    return this.actor.getSnapshot().context as TContext;
  }

  get value(): StateValue {
    return this.actor.getSnapshot().value;
  }

  get done(): boolean {
    return this.actor.getSnapshot().status === 'done';
  }

  matches(partial: StateValue): boolean {
    return this.actor.getSnapshot().matches(partial);
  }

  hasTag(tag: string): boolean {
    return this.actor.getSnapshot().hasTag(tag);
  }

  can(event: TEvent): boolean {
    return !this.done && this.actor.getSnapshot().can(event);
  }

  snapshot(): Snapshot<TContext> {
    const { value, tags, status, context } = this.actor.getSnapshot();
    return { value, tags, status: status as Snapshot<TContext>['status'], context: { ...(context as TContext) } };
  }

  protected transition(event: TEvent): void {
    // XState warns about events to actors that are done.
    if (!this.done) this.run(() => this.actor.send(event));
  }

  private run(advance: () => void): void {
    this.phase = TRANSITIONING;
    advance();
    this.phase = RESTING;
    if (this.failure !== undefined) {
      this.phase = FAILED;
      throw this.failure.error;
    }
  }

  private noteFailure(error: unknown): void {
    this.failure = { error };
  }
}

function inspectorOf(observers: readonly WatchOptions[], chart: string): (event: InspectionEvent) => void {
  return (inspected) => {
    const event = { ...inspected, chart };
    for (const { inspect } of observers) {
      try {
        if (typeof inspect === 'function') inspect(event);
        else inspect.next?.(event);
      } catch (error) {
        throwLater(error);
      }
    }
  };
}

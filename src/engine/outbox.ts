/**
 * What the two interpreters share: an actor's inbox, its outbox, and the order of things.
 *
 * An event is run to completion and committed; only then is what the chart emitted delivered, synchronously and in
 * order. So a listener finds the machine at rest, may send to it, and may throw:
 * - a send from inside a delivery transitions at once; what it emits is delivered after what is being delivered;
 * - a listener's exception goes to the outermost sender; what wasn't delivered yet waits for the next send or for a
 *   microtask, whichever comes first.
 */
import type { Configuration } from './configuration.js';
import { emissions } from './frames.js';
import type { EventLike, StateValue } from './model.js';
import { observe, tapped } from './tap.js';

/** Receives what an actor emits. */
export interface Host<TEmitted> {
  deliver(emitted: TEmitted): void;
}

export const RESTING = 0;
export const TRANSITIONING = 1;
export const FAILED = 2;
export type Phase = typeof RESTING | typeof TRANSITIONING | typeof FAILED;

export abstract class OutboxActor<TContext, TEvent extends EventLike, TEmitted> {
  abstract readonly context: Readonly<TContext>;
  abstract readonly value: StateValue;
  abstract readonly done: boolean;
  abstract readonly configuration: Configuration | undefined;
  /** Id of the machine. */
  abstract readonly id: string;

  protected phase: Phase;
  private readonly host: Host<TEmitted>;
  private delivering: boolean;
  /** Events sent while a transition is under way, which takes a guard or an action with side effects. */
  private inbox: TEvent[] | null;
  /** Emissions that have to wait for others; those before `delivered` are through. */
  private backlog: TEmitted[] | null;
  private delivered: number;

  constructor(host: Host<TEmitted>) {
    this.phase = RESTING;
    this.host = host;
    this.delivering = false;
    this.inbox = null;
    this.backlog = null;
    this.delivered = 0;
  }

  /** Runs the event to completion. What it emits is pushed on `emissions`; throws if the actor failed. */
  protected abstract transition(event: TEvent): void;

  /**
   * Sends an event: when this returns, the actor has taken its transitions, and what they emitted is delivered unless
   * the call came from inside a delivery. Ignored by an actor that is done or has failed.
   *
   * @throws what a listener threw, or what a guard or an action threw: then the actor has failed
   */
  send(event: TEvent): void {
    if (this.phase !== RESTING) {
      if (this.phase === TRANSITIONING) this.inbox = [...(this.inbox ?? []), event];
      return;
    }
    const base = emissions.top;
    if (tapped) this.transitionObserved(event, this.value, base, () => this.transition(event));
    else this.transition(event);
    this.release(base);
  }

  /** As {@link send}, for the transition that starts the actor. */
  protected begin(event: EventLike, transition: () => void): void {
    const base = emissions.top;
    if (tapped) this.transitionObserved(event, {}, base, transition);
    else transition();
    this.release(base);
  }

  /** Tells the tap too. What a tap listener makes this actor emit waits, as if it were sent during a delivery. */
  private transitionObserved(event: EventLike, from: StateValue, base: number, transition: () => void): void {
    const identity = { actor: this, chart: this.id, event, from };
    try {
      transition();
    } catch (error) {
      observe({ ...identity, to: this.value, emitted: [], error });
      throw error;
    }
    const emitted = emissions.copy(base);
    this.postpone(base);
    const { delivering } = this;
    this.delivering = true;
    observe({ ...identity, to: this.value, emitted });
    this.delivering = delivering;
  }

  /** Delivers the emissions above `base`, unless there are others to wait for. */
  private release(base: number): void {
    if (this.inbox === null && this.backlog === null && !this.delivering) {
      if (emissions.top !== base) this.deliverFrame(base);
      return;
    }
    this.postpone(base);
    if (this.inbox !== null) this.readInbox(this.inbox);
    if (!this.delivering) this.deliverBacklog();
  }

  private readInbox(events: readonly TEvent[]): void {
    const { delivering } = this;
    this.inbox = null;
    this.delivering = true;
    try {
      for (const event of events) this.send(event);
    } finally {
      this.delivering = delivering;
    }
  }

  private deliverFrame(base: number): void {
    const { items, top } = emissions;
    let at = base;
    this.delivering = true;
    try {
      while (at < top) {
        const emitted = items[at] as TEmitted;
        items[at++] = undefined;
        this.host.deliver(emitted);
      }
    } catch (error) {
      const rest = [...(emissions.copy(at) as TEmitted[]), ...(this.backlog ?? [])];
      this.backlog = rest.length === 0 ? null : rest;
      this.deliverLater();
      throw error;
    } finally {
      emissions.drop(base);
      this.delivering = false;
    }
    if (this.backlog !== null) this.deliverBacklog();
  }

  private postpone(base: number): void {
    const { items, top } = emissions;
    if (top === base) return;
    this.backlog ??= [];
    for (let at = base; at < top; at++) this.backlog.push(items[at] as TEmitted);
    emissions.drop(base);
  }

  private deliverBacklog(): void {
    const { backlog } = this;
    if (backlog === null) return;
    this.delivering = true;
    try {
      while (this.delivered < backlog.length) this.host.deliver(backlog[this.delivered++]!);
    } catch (error) {
      this.deliverLater();
      throw error;
    } finally {
      this.delivering = false;
      if (this.delivered === backlog.length) {
        this.backlog = null;
        this.delivered = 0;
      }
    }
  }

  private deliverLater(): void {
    queueMicrotask(() => {
      if (!this.delivering) this.deliverBacklog();
    });
  }
}

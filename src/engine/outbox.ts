/**
 * What the two interpreters share: an actor's inbox, its outbox, and the order of things.
 *
 * An event is run to completion and committed; only then is what the chart emitted delivered, synchronously and in
 * order. So a listener finds the machine at rest, may send to it, and may throw:
 * - a send from inside a delivery transitions at once and, before it returns, delivers what was waiting and then what it
 *   emitted itself: order is kept, and whoever calls `end()` in a listener finds it done when the call returns;
 * - a listener's exception goes to the sender; what wasn't delivered yet waits for the next send or for a microtask,
 *   whichever comes first.
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
  /** The part of the shared stack that is being delivered: from `at` on it isn't yet. */
  private at: number;
  private top: number;
  /** Emissions that have to wait for those; the ones before `delivered` are through. */
  private backlog: TEmitted[] | null;
  private delivered: number;

  constructor(host: Host<TEmitted>) {
    this.phase = RESTING;
    this.host = host;
    this.delivering = false;
    this.inbox = null;
    this.at = 0;
    this.top = 0;
    this.backlog = null;
    this.delivered = 0;
  }

  /** Runs the event to completion. What it emits is pushed on `emissions`; throws if the actor failed. */
  protected abstract transition(event: TEvent): void;

  /**
   * Sends an event: when this returns, the actor has taken its transitions, and what they emitted is delivered. Ignored
   * by an actor that is done or has failed.
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

  /** Tells the tap too. A tap listener that makes this actor emit must not overtake what it is told of. */
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
    observe({ ...identity, to: this.value, emitted });
  }

  /** Delivers the emissions above `base`, behind those that wait. */
  private release(base: number): void {
    if (this.inbox !== null) this.readInbox(base, this.inbox);
    if (this.delivering || this.backlog !== null) {
      this.postpone(base);
      this.deliverWaiting();
    } else if (emissions.top !== base) this.deliverFrame(base);
  }

  private readInbox(base: number, events: readonly TEvent[]): void {
    this.inbox = null;
    this.postpone(base);
    for (const event of events) {
      this.transition(event);
      this.postpone(base);
    }
  }

  private deliverFrame(base: number): void {
    this.at = base;
    this.top = emissions.top;
    this.delivering = true;
    try {
      this.deliverRest();
    } catch (error) {
      this.retain();
      throw error;
    } finally {
      emissions.drop(base);
      this.delivering = false;
    }
  }

  /** What is left of the frame, then what waits for it. Stops when a nested call has done it all. */
  private deliverRest(): void {
    const { items } = emissions;
    while (this.at < this.top) {
      const emitted = items[this.at] as TEmitted;
      items[this.at++] = undefined;
      this.host.deliver(emitted);
    }
    while (this.backlog !== null) {
      const emitted = this.backlog[this.delivered++] as TEmitted;
      if (this.delivered === this.backlog.length) {
        this.backlog = null;
        this.delivered = 0;
      }
      this.host.deliver(emitted);
    }
  }

  private deliverWaiting(): void {
    if (this.delivering) {
      this.deliverRest();
      return;
    }
    this.delivering = true;
    try {
      this.deliverRest();
    } catch (error) {
      this.retain();
      throw error;
    } finally {
      this.delivering = false;
    }
  }

  private postpone(base: number): void {
    const { items, top } = emissions;
    if (top === base) return;
    this.backlog ??= [];
    for (let at = base; at < top; at++) this.backlog.push(items[at] as TEmitted);
    emissions.drop(base);
  }

  /** Keeps what an exception has held up, and delivers it soon. */
  private retain(): void {
    const rest = emissions.items.slice(this.at, this.top) as TEmitted[];
    const waiting = this.backlog === null ? rest : [...rest, ...this.backlog.slice(this.delivered)];
    this.at = this.top;
    this.delivered = 0;
    this.backlog = waiting.length === 0 ? null : waiting;
    if (this.backlog !== null) queueMicrotask(() => this.deliverWaiting());
  }
}

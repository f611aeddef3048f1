/**
 * What both interpreters share: an actor's inbox, its outbox, and the order of deliveries.
 *
 * An event runs to completion and is committed before its emissions are delivered, synchronously and in order. So a
 * listener finds the machine at rest, may send to it, and may throw:
 * - A send inside a delivery transitions at once. Before it returns, it delivers the waiting emissions and then its own:
 *   the order is kept, and `end()` called in a listener is done when it returns.
 * - An exception of a listener goes to the sender, after the work that it is part of (program.ts). The remaining emissions
 *   wait for the next send or a microtask, whichever comes first.
 */
import type { EventLike } from './args.js';
import type { Configuration } from './configuration.js';
import { emissions } from './frames.js';
import { lastMoment, type Track } from './history.js';
import type { StateValue } from './model.js';
import { here, type Place } from './place.js';
import { begin, end, keep, kept } from './program.js';
import { postpone, stepper } from './step.js';
import { type Emitted, observe, tapped } from './tap.js';
import { stateText } from './text.js';

/** Receives what an actor emits. */
export interface Host<TEmitted> {
  deliver(emitted: TEmitted): void;
  /** What the actor is about, in a few words for a log; '' or undefined while that isn't known. */
  readonly subject?: string;
}

const inspected = Symbol.for('nodejs.util.inspect.custom');

export const RESTING = 0;
export const TRANSITIONING = 1;
export const FAILED = 2;
export type Phase = typeof RESTING | typeof TRANSITIONING | typeof FAILED;

export abstract class OutboxActor<TContext, TEvent extends EventLike, TEmitted> implements Place {
  abstract readonly context: Readonly<TContext>;
  abstract readonly value: StateValue;
  abstract readonly done: boolean;
  abstract readonly configuration: Configuration | undefined;
  /** The machine's id. */
  abstract readonly id: string;

  protected phase: Phase;
  protected delivering: boolean;
  private readonly host: Host<TEmitted>;
  /** Events sent during a transition: only a guard or an action with side effects can do that. */
  protected inbox: TEvent[] | null;
  /** Emissions that wait for delivery; those before index `delivered` are delivered. */
  protected backlog: readonly TEmitted[] | null;
  private delivered: number;
  connection: number;
  exchange: number;
  track: Track | undefined;

  constructor(host: Host<TEmitted>) {
    this.phase = RESTING;
    this.host = host;
    this.delivering = false;
    this.inbox = null;
    this.backlog = null;
    this.delivered = 0;
    this.connection = here.connection;
    this.exchange = here.exchange;
    this.track = here.track;
  }

  /** It belongs to another connection and exchange from now on. */
  move(connection: number, exchange: number, track = this.track): void {
    this.connection = connection;
    this.exchange = exchange;
    this.track = track;
  }

  /** What its host says that it is about. */
  get subject(): string {
    return this.host.subject ?? '';
  }

  /** For `util.inspect`: without all that an actor refers to. */
  [inspected](): string {
    return `<${this.id} ${stateText(this.value)}>`;
  }

  /** Runs the event to completion and pushes what it emits on `emissions`. Throws if the actor fails. */
  protected abstract transition(event: TEvent): void;

  /**
   * Sends an event. When this returns, the actor has taken its transitions and delivered their emissions. An actor that is
   * done or has failed ignores the event.
   *
   * @throws what a listener, a guard or an action threw; after a guard or an action threw, the actor has failed
   */
  send(event: TEvent): void {
    this.sendOn(stepper === undefined ? event : stepper.step(this, event));
  }

  /** As `send`, for an event that was noted. */
  protected sendOn(event: TEvent): void {
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

  /** Calls the tap too. If a tap listener makes this actor emit, these emissions must come after the observed ones. */
  private transitionObserved(event: EventLike, from: StateValue, base: number, transition: () => void): void {
    const { connection, exchange } = this;
    const identity = { actor: this, chart: this.id, connection, exchange, at: lastMoment(), event, from };
    try {
      transition();
    } catch (error) {
      observe({ ...identity, to: this.value, emitted: [], error });
      throw error;
    }
    const emitted = emissions.copy(base) as readonly Emitted[];
    this.postpone(base);
    observe({ ...identity, to: this.value, emitted });
  }

  /** Delivers the waiting emissions, then those above `base`. */
  protected release(base: number): void {
    if (this.inbox !== null) this.readInbox(base, this.inbox);
    this.postpone(base);
    if (this.backlog === null) return;
    this.deliver(undefined);
  }

  private readInbox(base: number, events: readonly TEvent[]): void {
    this.inbox = null;
    this.postpone(base);
    for (const event of events) {
      this.transition(event);
      this.postpone(base);
    }
  }

  /** Delivers `first`, if given, and the waiting emissions, up to an exception. A nested call may deliver all of them. */
  protected deliver(first: TEmitted | undefined): void {
    const { delivering } = this;
    const outer = begin();
    const before = kept();
    this.delivering = true;
    try {
      if (first !== undefined) this.host.deliver(first);
      while (this.backlog !== null && kept() === before) this.host.deliver(this.takeNext(this.backlog));
    } catch (error) {
      keep(error);
    }
    this.delivering = delivering;
    if (!delivering && kept() !== before) this.retain();
    end(outer, before);
  }

  private takeNext(backlog: readonly TEmitted[]): TEmitted {
    const emitted = backlog[this.delivered++] as TEmitted;
    if (this.delivered === backlog.length) {
      this.backlog = null;
      this.delivered = 0;
    }
    return emitted;
  }

  private postpone(base: number): void {
    const { items, top } = emissions;
    if (top === base) return;
    // A new list: the present one may be shared by all actors of the chart.
    const waiting = this.backlog === null ? [] : this.backlog.slice(this.delivered);
    for (let at = base; at < top; at++) waiting.push(items[at] as TEmitted);
    this.backlog = waiting;
    this.delivered = 0;
    emissions.drop(base);
  }

  /** Delivers the emissions that an exception has held up, in a microtask. */
  private retain(): void {
    if (this.backlog === null) return;
    postpone(() => {
      if (this.backlog !== null && !this.delivering) this.deliver(undefined);
    });
  }
}

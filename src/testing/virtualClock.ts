/** Time that a test advances. */
import { AsyncResource } from 'node:async_hooks';
import { inLaterTurn, now, replaceTime, type Timer, type TimeSource, timeOfDay } from '../io/clock.js';
import { settled } from './transit.js';

export interface VirtualClockOptions {
  /** The time of day at which the clock starts. Default: the current one. */
  readonly date?: Date | number | undefined;
}

/** A timer of the virtual clock. With an interval it fires repeatedly. */
class VirtualTimer implements Timer {
  due: number;
  readonly interval: number | undefined;
  private readonly context = new AsyncResource('VirtualTimer', { requireManualDestroy: true });
  private readonly call: () => void;
  private readonly timers: Set<VirtualTimer>;

  constructor(timers: Set<VirtualTimer>, due: number, interval: number | undefined, call: () => void) {
    this.timers = timers;
    this.due = due;
    this.interval = interval;
    this.call = call;
    timers.add(this);
  }

  fire(): void {
    if (this.interval === undefined) this.close();
    else this.due += this.interval;
    this.context.runInAsyncScope(this.call);
  }

  close(): void {
    this.timers.delete(this);
  }
}

/** Like the host's, timers wait at least a millisecond. */
const atLeast = (delay: number): number => Math.max(1, delay);

export class VirtualClock {
  private readonly timers = new Set<VirtualTimer>();
  /** The time of the engine's clock in whole milliseconds, so that sums are exact. */
  private time = Math.ceil(now());
  private readonly dateAtZero: number;
  private readonly restore: () => void;
  private advancing: Promise<void> = Promise.resolve();

  constructor({ date = timeOfDay() }: VirtualClockOptions = {}) {
    this.dateAtZero = Number(date) - this.time;
    this.restore = replaceTime(this.source());
  }

  /** The time of day on this clock, in ms since 1970. */
  get date(): number {
    return this.dateAtZero + this.time;
  }

  /** The number of running timers. */
  get pending(): number {
    return this.timers.size;
  }

  /**
   * Advances time by `ms`. Timers that are due fire in order, each at its time. Before, between and after them, it waits for
   * ticks, promises and transfers between in-memory sockets. A call during another one waits for it.
   *
   * As with the host's timers, an exception of a timer's callback goes to the process.
   *
   * @throws RangeError (as a rejection) unless `ms` is finite and not negative
   */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      return Promise.reject(new RangeError(`advance() needs milliseconds from 0 on, but got ${ms}`));
    }
    this.advancing = this.advancing.then(() => this.run(ms));
    return this.advancing;
  }

  /** Restores the system's time and drops pending timers. May be called repeatedly. */
  uninstall(): void {
    this.timers.clear();
    this.restore();
  }

  [Symbol.dispose](): void {
    this.uninstall();
  }

  private async run(ms: number): Promise<void> {
    await settled();
    const end = this.time + ms;
    for (let next = this.nextUntil(end); next !== undefined; next = this.nextUntil(end)) {
      this.time = Math.max(this.time, next.due);
      inLaterTurn((timer) => timer.fire(), next);
      await settled();
    }
    this.time = end;
  }

  /** The timer that is due first; of several, the one started first. */
  private nextUntil(end: number): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of this.timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }

  private source(): TimeSource {
    const { timers } = this;
    return {
      now: () => this.time,
      timeOfDay: () => this.date,
      startTimer: (call, delay, subject) =>
        new VirtualTimer(timers, this.time + atLeast(delay), undefined, () => call(subject)),
      startInterval: (call, interval) =>
        new VirtualTimer(timers, this.time + atLeast(interval), atLeast(interval), call),
    };
  }
}

/**
 * Stops statewire's time until {@link VirtualClock.advance}: the timeouts of servers, requests, agents and in-memory sockets, and
 * the Date header. Real sockets have their own timers, and the program's timers keep running.
 *
 * Create it before the server. `uninstall()` ends it, and so does the scope of `using clock = virtualClock()`.
 *
 * @throws Error if there is another one
 */
export function virtualClock(options?: VirtualClockOptions): VirtualClock {
  return new VirtualClock(options);
}

/** Time that goes on when a test says so. */
import { AsyncResource } from 'node:async_hooks';
import { inLaterTurn, now, replaceTime, type Timer, type TimeSource, timeOfDay } from '../io/clock.js';
import { settled } from './transit.js';

export interface VirtualClockOptions {
  /** The time of day at which the clock begins. Default: what it is. */
  readonly date?: Date | number | undefined;
}

/** A timer of the virtual clock; one of an interval is due again and again. */
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

/** Timers wait a millisecond at least, as the host's. */
const atLeast = (delay: number): number => Math.max(1, delay);

export class VirtualClock {
  private readonly timers = new Set<VirtualTimer>();
  /** Milliseconds of the engine's clock; whole ones, so that sums are exact. */
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

  /** Timers that are running. */
  get pending(): number {
    return this.timers.size;
  }

  /**
   * Lets time go on by `ms`. What is due meanwhile happens in order, each at its own time; ticks, promises and what is on
   * its way between in-memory sockets are waited for before, between and after. Calls while another is under way follow it.
   *
   * What a timer's listener throws is the process's, as with the host's timers.
   *
   * @throws RangeError (a rejection) unless `ms` is a finite number that isn't negative
   */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      return Promise.reject(new RangeError(`advance() needs milliseconds from 0 on, and got ${ms}`));
    }
    this.advancing = this.advancing.then(() => this.run(ms));
    return this.advancing;
  }

  /** Puts the system's time back. What is still pending is dropped. May be called again. */
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

  /** The timer that is due first, of those started first. */
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
 * Makes statewire's time stand still until {@link VirtualClock.advance}: the timeouts of servers, requests, agents and
 * in-memory sockets, and the Date header. Real sockets have timers of their own, and the timers of a program go on.
 *
 * Make it before the server. `uninstall()` ends it, and so does `using clock = virtualClock()`.
 *
 * @throws Error while there is another
 */
export function virtualClock(options?: VirtualClockOptions): VirtualClock {
  return new VirtualClock(options);
}

/** Time that a test advances. */
import { AsyncResource } from 'node:async_hooks';
import { isDate } from 'node:util/types';
import { invalidArgType, invalidArgValue } from '../api/compat/errors.js';
import { validateNumber, validateObject } from '../api/compat/validate.js';
import { inLaterTurn, now, replaceTime, type Timer, type TimeSource, timeOfDay } from '../io/clock.js';
import { settled } from './transit.js';

/** Fake timers of a test runner: `vi` of vitest, `jest` of Jest, or the clock that sinon's `install()` returns. */
export type FakeTimers =
  | { advanceTimersByTime(ms: number): unknown; getTimerCount(): number }
  | { tick(ms: number): unknown; countTimers(): number };

/** Options of {@link virtualClock}. */
export interface VirtualClockOptions {
  /** The time of day at which the clock starts; a number is in ms since 1970. Default: the current one; with `with`, that of `Date`. */
  readonly date?: Date | number | undefined;
  /**
   * The fake timers of the program's tests, which `advance()` advances by the same time: `vi`, `jest` or a clock of sinon.
   * Default: none; the program's timers keep running.
   */
  readonly with?: FakeTimers | undefined;
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
    if (this.interval !== undefined) {
      this.due += this.interval;
      this.context.runInAsyncScope(this.call);
      return;
    }
    this.timers.delete(this);
    try {
      this.context.runInAsyncScope(this.call);
    } finally {
      this.context.emitDestroy();
    }
  }

  close(): void {
    if (this.timers.delete(this)) this.context.emitDestroy();
  }
}

/** Like the host's, timers wait at least a millisecond. */
const atLeast = (delay: number): number => Math.max(1, delay);

/** The program's timers, as far as this clock needs them. */
interface Program {
  advance(ms: number): unknown;
  hasTimers(): boolean;
}

const nobody: Program = { advance: () => {}, hasTimers: () => false };

/** @throws ERR_INVALID_ARG_TYPE */
function programOf(given: FakeTimers | undefined): Program {
  if (given === undefined) return nobody;
  if (typeof given === 'object' && given !== null) {
    if ('tick' in given && 'countTimers' in given) {
      return { advance: (ms) => given.tick(ms), hasTimers: () => given.countTimers() > 0 };
    }
    if ('advanceTimersByTime' in given && 'getTimerCount' in given) {
      return { advance: (ms) => given.advanceTimersByTime(ms), hasTimers: () => given.getTimerCount() > 0 };
    }
  }
  throw invalidArgType('options.with', "vitest's vi, Jest's jest or a clock of sinon's fake timers", given);
}

/** Time that stands still until {@link VirtualClock.advance}. {@link virtualClock} makes it. */
export class VirtualClock {
  private readonly timers = new Set<VirtualTimer>();
  /** The time of the engine's clock in whole milliseconds, so that sums are exact. */
  private time = Math.ceil(now());
  private readonly dateAtZero: number;
  private readonly program: Program;
  private readonly restore: () => void;
  private advancing: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(options: VirtualClockOptions = {}) {
    validateObject(options, 'options');
    const { date = options.with === undefined ? timeOfDay() : Date.now() } = options;
    if (typeof date !== 'number' && !isDate(date)) throw invalidArgType('options.date', ['number', 'Date'], date);
    if (!Number.isFinite(Number(date))) throw invalidArgValue('options.date', date, 'must be a time');
    this.program = programOf(options.with);
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
   * With fake timers of the program, those are advanced by the same time, a millisecond at a time while some are running.
   *
   * @returns resolves when all of that is done; rejects with what a fake timer throws
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE unless `ms` is finite and not negative
   */
  advance(ms: number): Promise<void> {
    validateNumber(ms, 'ms', 0, Number.MAX_SAFE_INTEGER);
    this.advancing = this.advancing.then(() => this.run(ms));
    return this.advancing;
  }

  /** Restores the system's time and drops pending timers. May be called repeatedly. */
  uninstall(): void {
    for (const timer of this.timers) timer.close();
    this.restore();
  }

  [Symbol.dispose](): void {
    this.uninstall();
  }

  private async run(ms: number): Promise<void> {
    await settled();
    const end = this.time + ms;
    for (let next = this.nextUntil(end); next !== undefined; next = this.nextUntil(end)) {
      if (await this.moveTo(next.due)) continue;
      inLaterTurn((timer) => timer.fire(), next);
      await settled();
    }
    while (await this.moveTo(end));
  }

  /**
   * Lets the time come closer, with the program's timers.
   * @returns whether some of these may have run, so that something else may be due first
   */
  private async moveTo(due: number): Promise<boolean> {
    const left = Math.max(0, due - this.time);
    const hasTimers = this.program.hasTimers();
    const step = hasTimers ? Math.min(left, 1) : left;
    this.time += step;
    this.program.advance(step);
    if (hasTimers && step > 0) await settled();
    return step < left;
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
 * Create it before the server. `uninstall()` ends it, and so does the scope of `using clock = virtualClock()`. See
 * docs/testing.md.
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; STATEWIRE_CLOCK_INSTALLED if there is another one
 */
export function virtualClock(options?: VirtualClockOptions): VirtualClock {
  return new VirtualClock(options);
}

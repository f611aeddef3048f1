/** Time that a test advances. */
import { AsyncResource } from 'node:async_hooks';
import { isDate } from 'node:util/types';
import { invalidArgType, invalidArgValue } from '../api/compat/errors.js';
import { validateBoolean, validateNumber, validateOptions } from '../api/compat/validate.js';
import { inLaterTurn, now, replaceTime, type Timer, type TimeSource, timeOfDay } from '../io/clock.js';
import { replaceProgramTime } from './time/programTime.js';
import { settled } from './transit.js';

/** Fake timers of a test runner: `vi` of vitest, `jest` of Jest, or the clock that sinon's `install()` returns. */
export type FakeTimers = { advanceTimersByTime(ms: number): unknown; getTimerCount(): number } | SinonClock;

/** The part of a clock of sinon's fake timers that is used. */
export interface SinonClock {
  /** Its time of day, in ms since 1970. */
  readonly now: number;
  /** The number of running timers. */
  countTimers(): number;
  /** Moves to the first timer, which runs. */
  next(): unknown;
  /** Moves by a time; timers that are due run. */
  tick(ms: number): unknown;
  /** As the function that it fakes. */
  setTimeout(call: () => void, ms: number): unknown;
  /** As the function that it fakes. */
  clearTimeout(timer: unknown): void;
}

/** Options of {@link virtualClock}. */
export interface VirtualClockOptions {
  /** The time of day at which the clock starts; a number is in ms since 1970. Default: the current one; with `with`, that of `Date`. */
  readonly date?: Date | number | undefined;
  /**
   * The fake timers of the program's tests, which `advance()` advances by the same time: `vi`, `jest` or a clock of sinon.
   * Default: none; the program's timers keep running.
   */
  readonly with?: FakeTimers | undefined;
  /**
   * Whether the time of the program is virtual, too: `setTimeout`, `setInterval`, those of `timers/promises`,
   * `AbortSignal.timeout`, `Date`, `performance.now` and `process.hrtime`. A module that has kept such a function before keeps the
   * host's. Default: false.
   */
  readonly program?: boolean | undefined;
}

/** A timer of the virtual clock. With an interval it fires repeatedly. */
class VirtualTimer implements Timer {
  due: number;
  readonly interval: number | undefined;
  /** How long a timer of the program waits, in ms; undefined for one of the engine. */
  readonly delay: number | undefined;
  private readonly context = new AsyncResource('VirtualTimer', { requireManualDestroy: true });
  private readonly call: () => void;
  private readonly timers: Set<VirtualTimer>;

  constructor(timers: Set<VirtualTimer>, due: number, interval: number | undefined, call: () => void, delay?: number) {
    this.timers = timers;
    this.delay = delay;
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

const none = () => 0;

/** Like the host's, timers wait at least a millisecond. */
const atLeast = (delay: number): number => Math.max(1, delay);

/**
 * Finds the program's fake timers. Those of vitest and Jest are sinon's, and each fake has their clock.
 * @throws ERR_INVALID_ARG_TYPE
 */
function finder(given: FakeTimers | undefined): () => SinonClock | undefined {
  if (given === undefined) return () => undefined;
  if (typeof given === 'object' && given !== null) {
    if ('next' in given && 'countTimers' in given) return () => given;
    if ('advanceTimersByTime' in given) return () => Reflect.get(Date, 'clock');
  }
  throw invalidArgType('options.with', "vitest's vi, Jest's jest or a clock of sinon's fake timers", given);
}

/** Time that stands still until {@link VirtualClock.advance}. {@link virtualClock} makes it. */
export class VirtualClock {
  private readonly timers = new Set<VirtualTimer>();
  /** The time of the engine's clock in whole milliseconds, so that sums are exact. */
  private time = Math.ceil(now());
  private readonly dateAtZero: number;
  private readonly findProgram: () => SinonClock | undefined;
  /** While the program's timers move: how far they have come. */
  private ahead: () => number = none;
  private readonly restore: () => void;
  private advancing: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(options: VirtualClockOptions = {}) {
    validateOptions(options, ['date', 'with', 'program']);
    const { program = false } = options;
    validateBoolean(program, 'options.program');
    if (program && options.with !== undefined)
      throw invalidArgValue('options.program', program, 'takes no fake timers `with` it');
    this.findProgram = finder(options.with);
    const { date = this.findProgram()?.now ?? timeOfDay() } = options;
    if (typeof date !== 'number' && !isDate(date)) throw invalidArgType('options.date', ['number', 'Date'], date);
    if (!Number.isFinite(Number(date))) throw invalidArgValue('options.date', date, 'must be a time');
    this.dateAtZero = Number(date) - this.time;
    const restore = replaceTime(this.source());
    this.restore = program ? this.takeProgram(restore) : restore;
  }

  /** @param restore gives the engine's time back */
  private takeProgram(restore: () => void): () => void {
    try {
      const giveBack = replaceProgramTime({
        now: () => this.time,
        timeOfDay: () => this.date,
        start: (call, delay, isRepeated) =>
          new VirtualTimer(this.timers, this.time + delay, isRepeated ? delay : undefined, call, delay),
      });
      return () => {
        giveBack();
        restore();
      };
    } catch (error) {
      restore();
      throw error;
    }
  }

  /**
   * The running timers of the program: how many repeat; how many do not, and when the last of these is due, in ms.
   * @param longest those that do not repeat, and wait longer than this, don't count; in ms
   * @internal
   */
  programTimers(longest: number): { readonly repeated: number; readonly once: number; readonly last: number } {
    let repeated = 0;
    let once = 0;
    let last = this.time;
    for (const { delay, interval, due } of this.timers) {
      if (delay === undefined) continue;
      if (interval !== undefined) repeated++;
      else if (delay <= longest) {
        once++;
        last = Math.max(last, due);
      }
    }
    return { repeated, once, last: last - this.time };
  }

  /**
   * The program's timers that repeat stand still for so long, and so do those that do not, and wait for at most `longest`.
   * @param ms how long
   * @internal
   */
  hush(ms: number, longest: number): void {
    for (const timer of this.timers) {
      const { delay, interval, due } = timer;
      if (delay !== undefined && (interval !== undefined || delay <= longest))
        timer.due = Math.max(due, this.time + ms + 1);
    }
  }

  /**
   * When the next timer is due, in ms; undefined without one.
   * @internal
   */
  get next(): number | undefined {
    const first = this.nextUntil(Number.POSITIVE_INFINITY);
    return first && first.due - this.time;
  }

  /** The time of day on this clock, in ms since 1970. */
  get date(): number {
    return this.dateAtZero + this.time + this.ahead();
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
   * With fake timers of the program, those are advanced by the same time, and each runs at its own.
   *
   * @returns resolves when all of that is done; rejects with what a fake timer throws
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE unless `ms` is finite and not negative
   */
  advance(ms: number): Promise<void> {
    validateNumber(ms, 'ms', 0, Number.MAX_SAFE_INTEGER);
    const advanced = this.advancing.then(() => this.run(ms));
    // One that rejects does not stop those after it.
    this.advancing = advanced.catch(() => {});
    return advanced;
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
   * Moves to a time, or to the next timer of the program before it, which runs.
   * @returns whether there is some way left
   */
  private async moveTo(due: number): Promise<boolean> {
    const left = Math.max(0, due - this.time);
    const program = this.findProgram();
    if (program === undefined || left === 0 || program.countTimers() === 0) {
      program?.tick(left);
      this.time += left;
      return false;
    }
    const start = program.now;
    let isThere = false;
    // The next timer is this one, unless the program has an earlier one.
    const mark = program.setTimeout(() => {
      isThere = true;
    }, left);
    this.ahead = () => program.now - start;
    try {
      program.next();
    } finally {
      if (!isThere) program.clearTimeout(mark);
      this.time += this.ahead();
      this.ahead = none;
    }
    await settled();
    return !isThere;
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
      now: () => this.time + this.ahead(),
      timeOfDay: () => this.date,
      startTimer: (call, delay, subject) =>
        new VirtualTimer(timers, this.time + this.ahead() + atLeast(delay), undefined, () => call(subject)),
      startInterval: (call, interval) =>
        new VirtualTimer(timers, this.time + this.ahead() + atLeast(interval), atLeast(interval), call),
    };
  }
}

/**
 * Stops statewire's time until {@link VirtualClock.advance}: the timeouts of servers, requests, agents and in-memory sockets, and
 * the Date header. Real sockets have their own timers, and the program's timers keep running, unless `program` is true.
 *
 * Create it before the server. `uninstall()` ends it, and so does the scope of `using clock = virtualClock()`. See
 * docs/testing.md.
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; STATEWIRE_CLOCK_INSTALLED if there is another one
 */
export function virtualClock(options?: VirtualClockOptions): VirtualClock {
  return new VirtualClock(options);
}

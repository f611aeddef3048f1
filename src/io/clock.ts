/**
 * The only room with a clock in it: the time of day, timers, and the end of the turn.
 *
 * Time has one source, which tests may replace. Its functions are kept in variables of this module, so that a replaceable
 * clock costs no more than the system's. What Node has as globals is imported: there, each look at one calls a getter.
 *
 * The system's functions are taken when this is loaded, as node:http takes its own: a test that fakes timers, ticks or the
 * date of its program later doesn't stop the engine. Modules are asked, not globals, which a test framework may have faked
 * before.
 */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import timers from 'node:timers';

const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = timers;
const { nextTick } = process;
const HostDate = Date;
const dateNow = Date.now;
const performanceNow = performance.now;

/** A timer that was started. */
export interface Timer {
  /** Ends it, if it hasn't ended. */
  close(): void;
}

/** Where time comes from. All times in ms. */
export interface TimeSource {
  /** On a clock that never goes back. */
  now(): number;
  /** Since the beginning of 1970. */
  timeOfDay(): number;
  /** Calls `call(subject)` once, `delay` from now. Doesn't keep the process alive. */
  startTimer<T>(call: (subject: T) => void, delay: number, subject: T): Timer;
  /** Calls `call()` each `interval`. Doesn't keep the process alive. */
  startInterval(call: () => void, interval: number): Timer;
}

const system: TimeSource = {
  now: () => performanceNow.call(performance),
  timeOfDay: dateNow,
  startTimer: (call, delay, subject) => unkept(setTimeout(call, delay, subject), clearTimeout),
  startInterval: (call, interval) => unkept(setInterval(call, interval), clearInterval),
};

/**
 * A timer that doesn't keep the process alive. One that was faked before this was loaded may be a number, or an object
 * without `close`.
 */
function unkept(timer: Partial<NodeJS.Timeout>, clear: (timer: NodeJS.Timeout) => void): Timer {
  timer.unref?.();
  return typeof timer.close === 'function' ? (timer as Timer) : { close: () => clear(timer as NodeJS.Timeout) };
}

let source = system;
let { startTimer, startInterval } = system;

/** Milliseconds on a clock that never goes back. */
export let now: TimeSource['now'] = system.now;

/** Milliseconds since the beginning of 1970. */
export let timeOfDay: TimeSource['timeOfDay'] = system.timeOfDay;

/**
 * Takes time from somewhere else. Timers that were started before go on.
 *
 * @returns puts the system's time back
 * @throws Error while time comes from somewhere else already
 */
export function replaceTime(replacement: TimeSource): () => void {
  if (source !== system) throw new Error('The time is virtual already: uninstall() the clock that was made before');
  use(replacement);
  return () => {
    if (source === replacement) use(system);
  };
}

function use(next: TimeSource): void {
  source = next;
  ({ now, timeOfDay, startTimer, startInterval } = next);
  forgetDate();
}

let date = '';

/** The time of day as an IMF-fixdate (RFC 9110 §5.6.7). Made anew when its second is over. */
export function httpDate(): string {
  if (date === '') {
    const time = timeOfDay();
    date = new HostDate(time).toUTCString();
    startTimer(forgetDate, 1000 - (time % 1000), undefined);
  }
  return date;
}

function forgetDate(): void {
  date = '';
}

/** Calls `call(subject)` when this turn is over, before any I/O. */
export function atTurnEnd<T>(call: (subject: T) => void, subject: T): void {
  nextTick(call, subject);
}

/** What is thrown when this turn is over, or what is done in its place. */
interface Throw {
  readonly error: unknown;
  instead: ((subject: never) => void) | undefined;
  subject: unknown;
}

const due: Throw[] = [];

/** Throws when this turn is over: to the process, as nobody else is there. */
export function throwAtTurnEnd(error: unknown): void {
  const entry: Throw = { error, instead: undefined, subject: undefined };
  due.push(entry);
  atTurnEnd(throwIt, entry);
}

function throwIt({ error, instead, subject }: Throw): void {
  if (instead !== undefined) instead(subject as never);
  else {
    due.shift();
    throw error;
  }
}

/**
 * To be called at the beginning of what was put off to the end of a turn: if something was put off behind it that is to be thrown,
 * it is thrown now, and `call(subject)` takes its place.
 */
export function throwFirst<T>(call: (subject: T) => void, subject: T): void {
  const first = due.shift();
  if (first === undefined) return;
  first.instead = call;
  first.subject = subject;
  throw first.error;
}

const turn = Promise.resolve();

/** Calls `call` when all that this turn has put off is done, too. What it throws is thrown in a turn of its own. */
export function afterTurn<T>(call: (subject: T) => void, subject: T): void {
  turn.then(() => {
    try {
      call(subject);
    } catch (error) {
      throwAtTurnEnd(error);
    }
  });
}

/** Calls `call(subject)` in a later turn, after the I/O of this one. */
export function inLaterTurn<T>(call: (subject: T) => void, subject: T): void {
  setImmediate(call as (subject: unknown) => void, subject);
}

/**
 * Calls `call(subject)` when the system has been asked for what has happened on all sockets, and has been heard. A first
 * immediate may come before the loop asks again, the second cannot.
 */
export function afterPoll<T>(call: (subject: T) => void, subject: T): void {
  setImmediate(() => setImmediate(call as (subject: unknown) => void, subject));
}

/**
 * Calls `sweep` at intervals while it is started. Doesn't keep the process alive. Made for being started and stopped with each
 * connection of a server that has one at a time: the timer beneath ends when it fires and is not wanted any more.
 */
export class Sweeper {
  private readonly sweep: () => void;
  private interval = 0;
  private started = false;
  private timer: Timer | undefined;

  constructor(sweep: () => void) {
    this.sweep = sweep;
  }

  /** @param interval in ms */
  start(interval: number): void {
    this.started = true;
    if (this.timer !== undefined && this.interval === interval) return;
    this.timer?.close();
    this.interval = interval;
    this.timer = startInterval(() => this.fire(), interval);
  }

  stop(): void {
    this.started = false;
  }

  private fire(): void {
    if (this.started) this.sweep();
    else {
      this.timer?.close();
      this.timer = undefined;
    }
  }
}

/**
 * Tells when nothing has happened for a while. Made for being started and stopped with each request: those only move
 * a number; the timer beneath runs on, looks at it when it fires, and sleeps again for what is left.
 */
export class IdleTimer<T> {
  private readonly onIdle: (subject: T) => void;
  private readonly subject: T;
  private period = 0;
  private until = 0;
  private timer: Timer | undefined;

  constructor(onIdle: (subject: T) => void, subject: T) {
    this.onIdle = onIdle;
    this.subject = subject;
  }

  /** @param period in ms */
  start(period: number): void {
    this.period = period;
    this.until = now() + period;
    this.timer ??= this.sleep(period);
  }

  stop(): void {
    this.until = 0;
  }

  /** Something has happened: the period begins anew. */
  touch(): void {
    if (this.until !== 0) this.until = now() + this.period;
  }

  free(): void {
    this.timer?.close();
    this.timer = undefined;
    this.until = 0;
  }

  private sleep(period: number): Timer {
    return startTimer(wake, period, this as unknown as IdleTimer<never>);
  }

  /** For the timer. */
  wake(): void {
    this.timer = undefined;
    if (this.until === 0) return;
    const left = this.until - now();
    if (left >= 1) {
      this.timer = this.sleep(left);
      return;
    }
    this.until = 0;
    this.onIdle(this.subject);
  }
}

function wake(timer: IdleTimer<never>): void {
  timer.wake();
}

/**
 * The only file with a clock: the time of day, timers, and the end of the turn.
 *
 * Time has one source, which tests may replace. Its functions are kept in variables of this module, so that a replaceable
 * clock costs no more than the system's. Node's globals are imported from modules, because each read of such a global calls
 * a getter.
 *
 * The system's functions are captured at load, as node:http captures its own: a test that later fakes its program's timers,
 * ticks or date doesn't stop the engine. They come from modules, since a test framework may have faked the globals earlier; and
 * if it has faked the modules too, they are the originals that it keeps. `hrtime` is as quick as `performance.now`, whose module
 * takes 0.6 ms to load.
 */
import { executionAsyncId } from 'node:async_hooks';
import process from 'node:process';
import timers from 'node:timers';
import { recorder } from './record.js';

/** The fake timers of sinon, which vitest and Jest use as well, have the originals in the `clock` of each fake. */
function original<Name extends string, Home extends Record<Name, object>>(home: Home, name: Name): Home[Name] {
  const { clock } = home[name] as { readonly clock?: Readonly<Record<string, unknown>> };
  const kept = clock?.[`_${name}`];
  return typeof kept === 'function' ? (kept as unknown as Home[Name]) : home[name];
}

const setTimeout = original(timers, 'setTimeout');
const clearTimeout = original(timers, 'clearTimeout');
const setInterval = original(timers, 'setInterval');
const clearInterval = original(timers, 'clearInterval');
const setImmediate = original(timers, 'setImmediate');
const nextTick = original(process, 'nextTick');
const HostDate = original(globalThis, 'Date');
const dateNow = HostDate.now;
const hrtime = original(process, 'hrtime');

/** A started timer. */
export interface Timer {
  /** Stops the timer, unless it has ended. */
  close(): void;
}

/** A source of time. All times are in ms. */
export interface TimeSource {
  /** Time on a monotonic clock. */
  now(): number;
  /** Time since the beginning of 1970. */
  timeOfDay(): number;
  /** Calls `call(subject)` once, `delay` from now. Doesn't keep the process alive. */
  startTimer<T>(call: (subject: T) => void, delay: number, subject: T): Timer;
  /** Calls `call()` every `interval`. Doesn't keep the process alive. */
  startInterval(call: () => void, interval: number): Timer;
}

const [origin] = hrtime();

const system: TimeSource = {
  now() {
    const time = hrtime();
    // Since the process has started: for whole numbers below 2^31, V8 needs no objects.
    return (time[0] - origin) * 1000 + time[1] / 1_000_000;
  },
  timeOfDay: dateNow,
  startTimer: (call, delay, subject) => unreferenced(setTimeout(call, delay, subject), clearTimeout),
  startInterval: (call, interval) => unreferenced(setInterval(call, interval), clearInterval),
};

/**
 * A timer that doesn't keep the process alive. If timers were faked before this file was loaded, it may be a number or an
 * object without `close`.
 */
function unreferenced(timer: Partial<NodeJS.Timeout>, clear: (timer: NodeJS.Timeout) => void): Timer {
  timer.unref?.();
  return typeof timer.close === 'function' ? (timer as Timer) : { close: () => clear(timer as NodeJS.Timeout) };
}

/** The time of the host, also while another is used. In ms. */
export const hostNow = system.now;

export let source = system;
let { now: read, startInterval } = system;
export let { startTimer } = system;

/** When `now()` was called last: the time of what happens, for those who don't need it to be exact. */
export let moment = 0;

/** Milliseconds on a monotonic clock. */
export function now(): number {
  moment = read();
  return moment;
}

/** Milliseconds since the beginning of 1970. */
export let timeOfDay: TimeSource['timeOfDay'] = system.timeOfDay;

/** The error of a second clock. */
export function clockInstalled(): Error {
  const message = 'The time is virtual already: uninstall() the clock that was made before';
  return Object.assign(new Error(message), { code: 'STATEWIRE_CLOCK_INSTALLED' });
}

/**
 * Replaces the source of time. Timers that were started before continue.
 *
 * @returns a function that restores the system's time
 * @throws STATEWIRE_CLOCK_INSTALLED if the time is already replaced
 */
export function replaceTime(replacement: TimeSource): () => void {
  if (source !== system) throw clockInstalled();
  use(replacement);
  return () => {
    if (source === replacement) use(system);
  };
}

/** As `replaceTime`, for the time of day alone; while the time is replaced, it does nothing. */
export function replaceDate(date: () => number): () => void {
  return source === system ? replaceTime({ ...system, timeOfDay: date }) : () => {};
}

function use(next: TimeSource): void {
  source = next;
  ({ now: read, timeOfDay, startTimer, startInterval } = next);
  forgetDate();
}

const NO_TIMER: Timer = { close() {} };
const startNone = (): Timer => NO_TIMER;

/** Does something whose timers never fire. */
export function withoutTimers<T>(act: () => T): T {
  const outer = source;
  use({ ...outer, startTimer: startNone, startInterval: startNone });
  try {
    return act();
  } finally {
    use(outer);
  }
}

let date = '';

/** The time of day as an IMF-fixdate (RFC 9110 §5.6.7), cached until its second is over. */
export function httpDate(): string {
  if (date === '') {
    const time = timeOfDay();
    date = new HostDate(time).toUTCString();
    startTimer(forgetDate, 1000 - (time % 1000), undefined);
  }
  return recorder === undefined ? date : recorder.date(date);
}

function forgetDate(): void {
  date = '';
}

/** Calls `call(subject)` at the end of this turn, before any I/O. */
export function atTurnEnd<T>(call: (subject: T) => void, subject: T): void {
  if (recorder === undefined) nextTick(call, subject);
  else recorder.defer(nextTick, call, subject);
}

/** The same, for what moves nothing but a stream: in a replay there are no streams. */
export function atTurnEndUnseen<T>(call: (subject: T) => void, subject: T): void {
  nextTick(call, subject);
}

/** Calls `call(subject)` when all of this turn's `nextTick`s have been called, and what they add. It must not throw. */
export function afterTicks<T>(call: (subject: T) => void, subject: T): void {
  if (recorder === undefined) whenIdle(call, subject);
  else recorder.defer(whenIdle, call, subject);
}

const resolved = Promise.resolve();

/** `queueMicrotask` makes an AsyncResource of each call. */
function whenIdle(call: (subject: never) => void, subject: unknown): void {
  void resolved.then(() => call(subject as never));
}

/** A throw at the end of this turn, or what is called in its place. */
interface Throw {
  /** The exception. The crash report of a process quotes the line of a `throw`, unless that contains this name. */
  readonly 'node-do-not-add-exception-line': unknown;
  instead: (() => void) | undefined;
}

const due: Throw[] = [];

/** Whether a domain of the program is active: it receives what is thrown now. */
export const isInDomain = (): boolean => Boolean((process as { domain?: unknown }).domain);

/** Throws at the end of this turn, in the domain that is active now. Nothing catches it, so the process receives it. */
export function throwAtTurnEnd(error: unknown): void {
  if (isInDomain()) {
    atTurnEnd(throwHere, error);
    return;
  }
  const entry: Throw = { 'node-do-not-add-exception-line': error, instead: undefined };
  due.push(entry);
  atTurnEnd(throwIt, entry);
}

function throwHere(error: unknown): never {
  throw error;
}

function throwIt(entry: Throw): void {
  if (entry.instead !== undefined) entry.instead();
  else {
    due.shift();
    throw entry['node-do-not-add-exception-line'];
  }
}

/**
 * Call this first in a function that runs at the end of a turn. If a throw was scheduled after that function, it is thrown
 * now, and `call(subject)` runs in its place.
 */
export function throwFirst<T>(call: (subject: T) => void, subject: T): void {
  const first = due.shift();
  if (first === undefined) return;
  first.instead = bound(call, subject);
  throw first['node-do-not-add-exception-line'];
}

/** Separate, since a closure in `throwFirst` would allocate its context on every call. */
function bound<T>(call: (subject: T) => void, subject: T): () => void {
  return () => call(subject);
}

/** Calls `call(subject)` after all ticks and microtasks of this turn. What it throws is thrown in a separate turn. */
export function afterTurn<T>(call: (subject: T) => void, subject: T): void {
  if (recorder === undefined) soon(call as (subject: unknown) => void, subject);
  else recorder.defer(soon, call, subject);
}

/**
 * A tick comes when no microtask is left, but before ticks that these have added after it. Whether there are any shows in the
 * numbers that Node gives to ticks and, with async hooks, to promises: they are consecutive if nobody else has taken one.
 *
 * @param last the number of our last tick
 * @param rounds a program that defers without end does not stop its connections
 */
function soon(call: (subject: never) => void, subject: unknown, last = 0, rounds = 100): void {
  void resolved.then(() => {
    const promise = executionAsyncId();
    nextTick(whenAlone, call, subject, promise === last + 1 ? promise : last, rounds);
  });
}

function whenAlone(call: (subject: never) => void, subject: never, before: number, rounds: number): void {
  const tick = executionAsyncId();
  if (tick - before > 1 && rounds > 0) {
    soon(call, subject, tick, rounds - 1);
    return;
  }
  try {
    call(subject);
  } catch (error) {
    throwAtTurnEnd(error);
  }
}

/** Calls `call(subject)` in a later turn, after the I/O of this one. */
export function inLaterTurn<T>(call: (subject: T) => void, subject: T): void {
  if (recorder === undefined) setImmediate(call as (subject: unknown) => void, subject);
  else recorder.defer(inNextTurn, call, subject);
}

/** The same for a socket, which is no part of the engine. */
export function inLaterTurnUnseen<T>(call: (subject: T) => void, subject: T): void {
  setImmediate(call as (subject: unknown) => void, subject);
}

function inNextTurn(call: (subject: never) => void, subject: unknown): void {
  setImmediate(call as (subject: unknown) => void, subject);
}

/**
 * Calls `call(subject)` after the event loop has polled all sockets and handled their events. A first immediate may run
 * before the next poll; a second one can't.
 */
export function afterPoll<T>(call: (subject: T) => void, subject: T): void {
  if (recorder === undefined) twice(call as (subject: unknown) => void, subject);
  else recorder.defer(twice, call, subject);
}

function twice(call: (subject: never) => void, subject: unknown): void {
  setImmediate(() => setImmediate(call as (subject: unknown) => void, subject));
}

/**
 * Calls `sweep` at intervals while it is started. Doesn't keep the process alive. Starting and stopping are cheap, for a
 * server with one connection at a time: `stop()` leaves the timer running, and it ends when it next fires.
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
 * Calls `onIdle` when nothing has happened for a period. Starting and stopping are cheap, for use with each request: they
 * only set a number. The timer keeps running, checks the number when it fires, and sleeps again for the rest.
 */
export class IdleTimer<T> {
  private readonly onIdle: (subject: T) => void;
  private readonly subject: T;
  private until = 0;
  private timer: Timer | undefined;

  constructor(onIdle: (subject: T) => void, subject: T) {
    this.onIdle = onIdle;
    this.subject = subject;
  }

  /** @param period in ms */
  start(period: number): void {
    this.until = now() + period;
    this.timer ??= this.sleep(period);
  }

  stop(): void {
    this.until = 0;
  }

  /** The rest of the period at that moment, in ms; undefined while it is stopped. */
  get left(): number | undefined {
    return this.until === 0 ? undefined : this.until - moment;
  }

  free(): void {
    this.timer?.close();
    this.timer = undefined;
    this.until = 0;
  }

  private sleep(period: number): Timer {
    return startTimer(wake, period, this as IdleTimer<T>);
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

function wake<T>(timer: IdleTimer<T>): void {
  timer.wake();
}

/**
 * The functions by which a program has to do with time, on virtual time: `setTimeout`, `setInterval`, those of `timers/promises`,
 * `AbortSignal.timeout()`, `Date`, `performance.now()` and `process.hrtime()`. `setImmediate` is the host's; it is counted, so that
 * time doesn't move before what was deferred has run.
 *
 * A module that is loaded meanwhile may keep one of these functions for good. So each is made once, and without virtual time it does
 * what the host's does. Those that a module has kept from before are the host's, and run on.
 */
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { promisify } from 'node:util';
import { clockInstalled } from '../../io/clock.js';
import { hold } from '../transit.js';
import { forgetTimeouts, type ProgramTime, Timeout, timeoutOf } from './timeouts.js';

export type { ProgramTime } from './timeouts.js';

let time: ProgramTime | undefined;

type Any = (...args: never[]) => unknown;

/** The host's functions, as they are when the first of these clocks is made: that refuses to be made over fakes. */
let host: ReturnType<typeof takeHost>;
let HostDate: DateConstructor;

const takeHost = () => ({
  ...timers,
  promises: { ...promises },
  wait: promises.scheduler.wait,
  signal: AbortSignal.timeout,
  now: performance.now,
  hrtime: process.hrtime,
});

function begin(isRepeated: boolean, hostTimer: Any): Any {
  return (...all: unknown[]) => {
    if (time === undefined) return hostTimer(...(all as never[]));
    const [call, delay, ...args] = all;
    return new Timeout(time, call, delay, args, isRepeated);
  };
}

const clear =
  (hostClear: Any): Any =>
  (given: unknown) => {
    const timer = timeoutOf(given);
    if (timer === undefined) hostClear(given as never);
    else timer.close();
  };

/** What ends the count of an immediate that is due. */
const due = new WeakMap<object, () => void>();

function immediate(call: (...args: unknown[]) => void, ...args: unknown[]): unknown {
  if (time === undefined || typeof call !== 'function') return host.setImmediate(call, ...args);
  const finish = hold();
  const made = host.setImmediate(() => {
    finish();
    call(...args);
  });
  due.set(made, finish);
  return made;
}

function clearTheImmediate(given: unknown): void {
  if (typeof given === 'object' && given !== null) due.get(given)?.();
  host.clearImmediate(given as NodeJS.Immediate);
}

interface PromiseOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Whether Node accepts them and nothing is aborted yet: otherwise the host's function says what is wrong. */
function isFine(delay: unknown, options: unknown): options is PromiseOptions | undefined {
  if (time === undefined || (delay !== undefined && typeof delay !== 'number')) return false;
  if (options === undefined) return true;
  if (typeof options !== 'object' || options === null) return false;
  const { signal, ref } = options as PromiseOptions & { ref?: unknown };
  if (ref !== undefined && typeof ref !== 'boolean') return false;
  return signal === undefined || (signal instanceof AbortSignal && !signal.aborted);
}

function sleep<T>(delay?: number, value?: T, options?: PromiseOptions): Promise<T> {
  if (!isFine(delay, options)) return host.promises.setTimeout(delay, value as T, options as object);
  return new Promise((resolve, reject) => {
    const signal = options?.signal;
    const onAbort = (): void => {
      timer.close();
      // The host's makes the error.
      host.promises.setTimeout(1, value as T, { signal: signal as AbortSignal }).then(resolve, reject);
    };
    const onTimeout = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value as T);
    };
    const timer = new Timeout(time!, onTimeout, delay, [], false);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

async function* ticks<T>(delay?: number, value?: T, options?: PromiseOptions): AsyncGenerator<T> {
  if (!isFine(delay, options)) {
    yield* host.promises.setInterval(delay, value as T, options as object);
    return;
  }
  const signal = options?.signal;
  let wake: (() => void) | undefined;
  let count = 0;
  const next = (): void => {
    wake?.();
    wake = undefined;
  };
  const timer = new Timeout(
    time!,
    () => {
      count++;
      next();
    },
    delay,
    [],
    true,
  );
  signal?.addEventListener('abort', next, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) await host.promises.setTimeout(1, undefined, { signal });
      if (count === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      for (; count > 0; count--) yield value as T;
    }
  } finally {
    timer.close();
    signal?.removeEventListener('abort', next);
  }
}

function deferred<T>(value?: T, options?: PromiseOptions): Promise<T> {
  if (time === undefined) return host.promises.setImmediate(value as T, options as object);
  const finish = hold();
  return host.promises.setImmediate(value as T, options as object).finally(finish);
}

const wait = (delay: number, options?: PromiseOptions): Promise<void> =>
  time === undefined ? host.wait.call(promises.scheduler, delay, options as object) : sleep(delay, undefined, options);

function signalTimeout(delay: number): AbortSignal {
  // The host's refuses a delay that is none.
  if (time === undefined || !(Number.isInteger(delay) && delay >= 0)) return host.signal.call(AbortSignal, delay);
  const controller = new AbortController();
  const abort = (): void =>
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  new Timeout(time, abort, delay, [], false);
  return controller.signal;
}

/** As `Date`. Dates made by either are of both, since they share the prototype. */
const ProgramDate = function (this: unknown, ...args: unknown[]): unknown {
  if (new.target === undefined) return new HostDate(timeOfDay()).toString();
  return Reflect.construct(
    HostDate,
    args.length === 0 ? [timeOfDay()] : args,
    new.target === ProgramDate ? HostDate : new.target,
  );
} as unknown as DateConstructor;

const timeOfDay = (): number => time?.timeOfDay() ?? HostDate.now();

const inNanoseconds = (): bigint => BigInt(Math.round(time!.now() * 1000)) * 1000n;

const hrtime = Object.assign(
  (before?: [number, number]): [number, number] => {
    if (time === undefined || (before !== undefined && !Array.isArray(before))) return host.hrtime(before);
    const total =
      inNanoseconds() - (before === undefined ? 0n : BigInt(before[0]) * 1_000_000_000n + BigInt(before[1]));
    return [Number(total / 1_000_000_000n), Number(total % 1_000_000_000n)];
  },
  { bigint: (): bigint => (time === undefined ? host.hrtime.bigint() : inNanoseconds()) },
);

/** All that is replaced, with its home. */
interface Replacement {
  readonly home: object;
  readonly name: string;
  readonly value: unknown;
}

function named(name: string, call: Any): Any {
  return Object.defineProperty(call, 'name', { value: name, configurable: true });
}

function replacements(): Replacement[] {
  host = takeHost();
  HostDate = globalThis.Date;
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(HostDate))) {
    Object.defineProperty(ProgramDate, name, property);
  }
  Object.defineProperty(ProgramDate, 'now', { value: timeOfDay, writable: true, configurable: true });
  const setTimeout = named('setTimeout', begin(false, host.setTimeout as Any));
  const setImmediate = named('setImmediate', immediate as Any);
  Object.defineProperty(setTimeout, promisify.custom, { value: sleep, enumerable: true });
  Object.defineProperty(setImmediate, promisify.custom, { value: deferred, enumerable: true });
  const functions = {
    setTimeout,
    setImmediate,
    setInterval: named('setInterval', begin(true, host.setInterval as Any)),
    clearTimeout: named('clearTimeout', clear(host.clearTimeout as Any)),
    clearInterval: named('clearInterval', clear(host.clearInterval as Any)),
    clearImmediate: named('clearImmediate', clearTheImmediate as Any),
  };
  const ofPromises = {
    setTimeout: named('setTimeout', sleep as Any),
    setInterval: named('setInterval', ticks as Any),
    setImmediate: named('setImmediate', deferred as Any),
  };
  const all = (home: object, values: object): Replacement[] =>
    Object.entries(values).map(([name, value]) => ({ home, name, value }));
  return [
    ...all(globalThis, functions),
    ...all(timers, functions),
    ...all(promises, ofPromises),
    { home: promises.scheduler, name: 'wait', value: named('wait', wait as Any) },
    { home: globalThis, name: 'Date', value: ProgramDate },
    { home: HostDate.prototype, name: 'constructor', value: ProgramDate },
    { home: AbortSignal, name: 'timeout', value: named('timeout', signalTimeout as Any) },
    { home: performance, name: 'now', value: named('now', () => time?.now() ?? host.now.call(performance)) },
    { home: process, name: 'hrtime', value: hrtime },
  ];
}

let all: readonly Replacement[] | undefined;

/** Fake timers of a test runner have their clock at each fake. */
const areFakes = (): boolean => 'clock' in globalThis.setTimeout || 'clock' in globalThis.Date;

/**
 * The program's time is this one.
 *
 * @returns a function that gives the host's back, as it was found
 * @throws STATEWIRE_CLOCK_INSTALLED if somebody has replaced it already
 */
export function replaceProgramTime(source: ProgramTime): () => void {
  if (time !== undefined || areFakes()) throw clockInstalled();
  all ??= replacements();
  const before = all.map(({ home, name }) => Object.getOwnPropertyDescriptor(home, name));
  for (const [at, { home, name, value }] of all.entries()) {
    const { enumerable = false } = before[at] ?? {};
    Object.defineProperty(home, name, { value, writable: true, configurable: true, enumerable });
  }
  time = source;
  syncBuiltinESMExports();
  return () => {
    if (time !== source) return;
    time = undefined;
    for (const [at, { home, name }] of all!.entries()) {
      const property = before[at];
      if (property === undefined) Reflect.deleteProperty(home, name);
      else Object.defineProperty(home, name, property);
    }
    forgetTimeouts();
    syncBuiltinESMExports();
  };
}

/** The timers of a program, on virtual time. They have the members of Node's. */
import { invalidArgType } from '../../api/compat/errors.js';
import { longestDuration } from '../../api/compat/limits.js';

/** What a timer is started with, and what it can be asked. */
export interface ProgramTime {
  /** Time on a monotonic clock, in ms. */
  now(): number;
  /** Time since the beginning of 1970, in ms. */
  timeOfDay(): number;
  /** Calls `call()` after `delay` ms, or every `delay` ms. */
  start(call: () => void, delay: number, isRepeated: boolean): { close(): void };
}

type Call = (...args: unknown[]) => void;

/** As Node: a delay that is no number, or out of range, is a millisecond. */
function delayOf(given: unknown): number {
  const delay = Number(given);
  return delay >= 1 && delay <= longestDuration ? Math.trunc(delay) : 1;
}

let ids = 0;
const running = new Map<number, Timeout>();

/** What `setTimeout` and `setInterval` return; the name is Node's. */
export class Timeout {
  readonly #time: ProgramTime;
  readonly #call: () => void;
  readonly #delay: number;
  readonly #isRepeated: boolean;
  readonly #id = ++ids;
  #timer: { close(): void } | undefined;
  #isReferenced = true;
  #isClosed = false;

  constructor(time: ProgramTime, call: unknown, delay: unknown, args: readonly unknown[], isRepeated: boolean) {
    if (typeof call !== 'function') throw invalidArgType('callback', 'function', call);
    this.#time = time;
    this.#call = () => (call as Call).apply(this, args as unknown[]);
    this.#delay = delayOf(delay);
    this.#isRepeated = isRepeated;
    running.set(this.#id, this);
    this.#begin();
  }

  #begin(): void {
    this.#timer = this.#time.start(() => this.#fire(), this.#delay, this.#isRepeated);
  }

  #fire(): void {
    if (!this.#isRepeated) {
      this.#timer = undefined;
      running.delete(this.#id);
    }
    this.#call();
  }

  close(): this {
    this.#isClosed = true;
    this.#timer?.close();
    this.#timer = undefined;
    running.delete(this.#id);
    return this;
  }

  /** The delay begins anew, also after the timer has fired. */
  refresh(): this {
    if (this.#isClosed) return this;
    this.#timer?.close();
    running.set(this.#id, this);
    this.#begin();
    return this;
  }

  ref(): this {
    this.#isReferenced = true;
    return this;
  }

  unref(): this {
    this.#isReferenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isReferenced;
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The timer that a program names by itself or by its number; undefined for those of the host. */
export function timeoutOf(given: unknown): Timeout | undefined {
  if (given instanceof Timeout) return given;
  return typeof given === 'number' || typeof given === 'string' ? running.get(Number(given)) : undefined;
}

/** Forgets those that were dropped with their clock. */
export function forgetTimeouts(): void {
  running.clear();
}

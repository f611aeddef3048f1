/** The only room with a clock in it: the time of day, timers, and the end of the turn. */

/** Milliseconds on a clock that never goes back. */
export const now = (): number => performance.now();

let date = '';
let dateEnds = 0;

/** The time of day as an IMF-fixdate (RFC 9110 §5.6.7). Made once a second. */
export function httpDate(): string {
  const time = Date.now();
  if (time >= dateEnds || time < dateEnds - 1000) {
    date = new Date(time).toUTCString();
    dateEnds = time - (time % 1000) + 1000;
  }
  return date;
}

/** Calls `call(subject)` when this turn is over, before any I/O. */
export function atTurnEnd<T>(call: (subject: T) => void, subject: T): void {
  process.nextTick(call, subject);
}

const turn = Promise.resolve();

/** Calls `call` when all that this turn has put off is done, too. What it throws is thrown in a turn of its own. */
export function afterTurn<T>(call: (subject: T) => void, subject: T): void {
  turn.then(() => {
    try {
      call(subject);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  });
}

/**
 * Calls `call(subject)` when the system has been asked for what has happened on all sockets, and has been heard. A first
 * immediate may come before the loop asks again, the second cannot.
 */
export function afterPoll<T>(call: (subject: T) => void, subject: T): void {
  setImmediate(() => setImmediate(call as (subject: unknown) => void, subject));
}

/** Calls `sweep` each `interval` ms until `stop()`. Doesn't keep the process alive. */
export class Sweeper {
  private readonly timer: NodeJS.Timeout;

  constructor(sweep: () => void, interval: number) {
    this.timer = setInterval(sweep, interval).unref();
  }

  stop(): void {
    clearInterval(this.timer);
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
  private timer: NodeJS.Timeout | undefined;

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
    clearTimeout(this.timer);
    this.timer = undefined;
    this.until = 0;
  }

  private sleep(period: number): NodeJS.Timeout {
    return setTimeout(wake, period, this as unknown as IdleTimer<never>).unref();
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

/**
 * One timer of the host for all connections that may be idle for the same period.
 *
 * They end in the order in which they became idle. So there is a line for each period, and the line has the timer: an idle
 * connection costs two links in place of a timer, and a request moves links. What ends has no async context: the timer serves
 * other connections than the one that has started it.
 */
import { AsyncResource } from 'node:async_hooks';
import { moment, now, source, startTimer, type Timer } from './clock.js';

/** A place in a circle; alone, it is its own neighbour. */
class Link {
  before: Link = this;
  after: Link = this;

  /** Leaves its circle. */
  part(): void {
    const { before, after } = this;
    before.after = after;
    after.before = before;
    this.before = this;
    this.after = this;
  }

  /** @param link alone */
  insertBefore(link: Link): void {
    const { before } = this;
    link.before = before;
    link.after = this;
    before.after = link;
    this.before = link;
  }
}

/** A timer, as its line sees it. */
interface Member extends Link {
  readonly until: number;
  end(): void;
}

/** The lines to which timers are added, by their periods, and the source of their time. */
let lines = new Map<number, Line>();
let linesOf = source;

function lineOf(period: number): Line {
  if (linesOf !== source) {
    linesOf = source;
    lines = new Map();
  }
  return lines.get(period) ?? new Line(period);
}

/** The timers with one period, in the order in which they end. The line itself is before the first, and after the last. */
class Line extends Link {
  readonly period: number;
  private timer: Timer | undefined;

  constructor(period: number) {
    super();
    this.period = period;
    lines.set(period, this);
  }

  add(last: Member): void {
    this.insertBefore(last);
    this.settle();
  }

  remove(member: Member): void {
    member.part();
    this.settle();
  }

  /** While it has members, it has a timer. */
  private settle(): void {
    if (this.after !== this) {
      this.timer ??= nowhere.runInAsyncScope(startWaking, undefined, this);
      return;
    }
    this.timer?.close();
    this.timer = undefined;
    lines.delete(this.period);
  }

  private get first(): Member {
    return this.after as Member;
  }

  /** How long it is until the first ends, in ms. */
  get left(): number {
    return this.first.until - now();
  }

  /** For the timer. */
  wake(): void {
    this.timer = undefined;
    try {
      while (this.after !== this && this.left < 1) this.first.end();
    } finally {
      this.settle();
    }
  }
}

/** Where timers start. It is never destroyed, and asked by Jest whether it keeps the process alive. */
class Nowhere extends AsyncResource {
  hasRef(): boolean {
    return false;
  }
}

const nowhere = new Nowhere('STATEWIRE_TIMER', { requireManualDestroy: true });

const wake = (line: Line): void => line.wake();
/** No longer than the period, since the host's timers have a longest one; `until` is rounded up. */
const startWaking = (line: Line): Timer => startTimer(wake, Math.min(Math.max(1, line.left), line.period), line);

/** As an `IdleTimer`, for one of many. */
export class SharedTimer<T> extends Link implements Member {
  /** When it ends, in ms; 0 while it is stopped. A whole number, for which V8 needs no object. */
  until = 0;
  /** Where it is; undefined while it is alone. */
  private line: Line | undefined;
  private readonly onIdle: (subject: T) => void;
  private readonly subject: T;

  constructor(onIdle: (subject: T) => void, subject: T) {
    super();
    this.onIdle = onIdle;
    this.subject = subject;
  }

  /** @param period in ms */
  start(period: number): void {
    this.restart(now(), Math.max(1, period));
  }

  private restart(time: number, period: number): void {
    const line = lineOf(period);
    if (line === this.line) this.part();
    else this.line?.remove(this);
    this.line = line;
    this.until = Math.ceil(time + period);
    line.add(this);
  }

  /** It leaves its line when it would have ended, or starts again. */
  stop(): void {
    this.until = 0;
  }

  /**
   * Something has happened: the period starts again.
   * @param latest when it ends at the latest, in ms
   */
  touch(latest = Number.POSITIVE_INFINITY): void {
    if (this.until === 0) return;
    const time = now();
    this.restart(time, Math.min((this.line as Line).period, latest - time));
  }

  /** The rest of the period at that moment, in ms; undefined while it is stopped. */
  get left(): number | undefined {
    return this.until === 0 ? undefined : this.until - moment;
  }

  /** How much of the period had passed at that moment, in ms; 0 while it is stopped. */
  get passed(): number {
    return this.until === 0 ? 0 : (this.line as Line).period - (this.until - moment);
  }

  free(): void {
    this.until = 0;
    this.line?.remove(this);
    this.line = undefined;
  }

  /** For its line: its time has come. */
  end(): void {
    const isStopped = this.until === 0;
    this.until = 0;
    this.part();
    this.line = undefined;
    if (!isStopped) this.onIdle(this.subject);
  }
}

/** How exchanges end (rules/ending.ts): when each has begun and ended, and what is said of it when somebody asks. */
import type { Place } from '../../engine/place.js';
import type { ChartName } from '../../events/charts.js';
import type { EndedTimer, Ending } from '../../events/ending.js';
import { moment, now } from '../../io/clock.js';
import type { Summed } from '../../io/record.js';
import { unpacked } from '../../rules/ending.js';
import { placeName, sideOf } from '../../rules/naming.js';
import { exchangeEnd } from '../compat/diagnostics.js';
import { idleBefore } from './history.js';

/** Times of exchanges are counted in ms, modulo this: 12 days. */
const SPAN = 0x3fffffff;
/** The clock may have been set back by so much, as a virtual one can be. */
const SET_BACK = 3_600_000;

/** When an exchange begins: not negative. */
export const beginning = (): number => moment & SPAN;

/** How long it has taken, as a negative number: one number says when it has begun, and later how long it took. */
export function lasting(begun: number): number {
  const ms = (moment - begun) & SPAN;
  return -1 - (ms > SPAN - SET_BACK ? 0 : ms);
}

/** The deadline whose listeners are called now. */
let late: EndedTimer | undefined;

/** What a program ends in a listener of 'timeout', it ends because of the deadline. */
export const lateTimer = (): EndedTimer | undefined => late;

/** Runs `call`, in which the listeners of 'timeout' are called. */
export function whileLate(timer: EndedTimer | undefined, call: () => void): void {
  const outer = late;
  late = timer;
  try {
    call();
  } finally {
    late = outer;
  }
}

/** What messages say of themselves. */
export interface Summary extends Summed {
  /** The connection, if it has a place of its own. */
  readonly connection: Place | undefined;
}

export const NOTHING: Summary = {
  what: '',
  method: undefined,
  path: undefined,
  status: undefined,
  bytesIn: 0,
  bytesOut: 0,
  connection: undefined,
};

/** What is printed of an exchange as an object: its enumerable members. */
class Ended {
  toString(this: Ending): string {
    const { id, what, status, code, timer, ms, bytesIn, bytesOut } = this;
    const cause = timer === undefined ? code : `${code} ${timer}`;
    const time = ms === undefined ? '' : `, ${ms} ms`;
    const head = [id, what, status, cause].filter((part) => part !== undefined && part !== '').join(' ');
    return `${head}${time}, ${bytesIn} B in, ${bytesOut} B out`;
  }
}

/**
 * How it has ended.
 * @param verdict of rules/ending.ts
 * @param ms how long it took; undefined if that isn't known
 */
export function endingOf(
  chart: ChartName,
  place: Place,
  verdict: number,
  ms: number | undefined,
  summary: Summary,
): Ending {
  const { by, in: when, timer, closedFirst, status } = unpacked(verdict);
  const reused = place.connection !== 0 && place.exchange > 1;
  return Object.assign(new Ended(), {
    id: placeName(chart, place),
    role: sideOf(chart),
    code: `${by}${when}` as const,
    timer,
    closedFirst,
    what: summary.what,
    method: summary.method,
    path: summary.path,
    status: status === 0 ? summary.status : status,
    ms,
    bytesIn: summary.bytesIn,
    bytesOut: summary.bytesOut,
    reused,
    idleFor: reused ? idleBefore(place, summary.connection) : undefined,
  });
}

/** Whether anybody is notified of ends. The end is now. */
export function isEndNoticed(): boolean {
  if (!exchangeEnd.hasSubscribers) return false;
  now();
  return true;
}

export function publishEnd(ending: Ending): void {
  exchangeEnd.publish(ending);
}

/** Counts the received bytes that nobody processes, per period: a peer that sends too many has to wait. */
import { IdleTimer } from './clock.js';
import { COOLED, entering, type Place } from './record.js';

/** In ms. */
const PERIOD = 1000;
/** Bytes in a period. */
const LIMIT = 64 * 1024;

export class Excess {
  private readonly place: Place;
  private readonly onPeriodEnd: () => void;
  private readonly timer: IdleTimer<Excess>;
  private count = 0;

  /** @param onPeriodEnd called at the end of a period in which bytes came */
  constructor(place: Place, onPeriodEnd: () => void) {
    this.place = place;
    this.onPeriodEnd = onPeriodEnd;
    this.timer = new IdleTimer(endPeriod, this as Excess);
  }

  /** @returns whether the limit of this period is reached */
  add(length: number): boolean {
    if (this.count === 0) this.timer.start(PERIOD);
    this.count += length;
    return this.count >= LIMIT;
  }

  /** For the timer. */
  end(): void {
    this.count = 0;
    entering(this.place, COOLED, undefined, this.onPeriodEnd);
  }

  free(): void {
    this.timer.free();
  }
}

function endPeriod(excess: Excess): void {
  excess.end();
}

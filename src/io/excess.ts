/** Bytes that come and that nobody processes, counted while by while: a peer may send so many, and then has to wait. */
import { IdleTimer } from './clock.js';

/** Of so many ms, so many bytes. */
const WHILE = 1000;
const MUCH = 64 * 1024;

export class Excess {
  private readonly onLull: () => void;
  private readonly timer: IdleTimer<Excess>;
  private count = 0;

  /** @param onLull is called when a while is over in which something came */
  constructor(onLull: () => void) {
    this.onLull = onLull;
    this.timer = new IdleTimer(endWhile, this as Excess);
  }

  /** @returns whether it is much */
  add(length: number): boolean {
    if (this.count === 0) this.timer.start(WHILE);
    this.count += length;
    return this.count >= MUCH;
  }

  /** For the timer. */
  end(): void {
    this.count = 0;
    this.onLull();
  }

  free(): void {
    this.timer.free();
  }
}

function endWhile(excess: Excess): void {
  excess.end();
}

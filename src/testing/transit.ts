/**
 * Carries bytes and signals between the ends of in-memory connections. They arrive in a later turn, in the order of sending:
 * on loopback, too, the peer receives nothing before the program is at rest.
 */
import { inLaterTurn, inLaterTurnUnseen } from '../io/clock.js';

let underWay = 0;

/** The number of successive quiet turns after which nothing more follows. The engine's longest pause takes two. */
const QUIET = 3;

/** Calls `arrive` in a later turn. */
export function carry(arrive: () => void): void {
  underWay++;
  inLaterTurnUnseen(deliver, arrive);
}

function deliver(arrive: () => void): void {
  underWay--;
  arrive();
}

/** Resolves in a later turn. */
export function laterTurn(): Promise<void> {
  return new Promise((resolve) => inLaterTurn(resolve, undefined));
}

/**
 * Resolves when nothing is on its way between in-memory sockets, and all ticks, promises and immediates that follow from
 * arrivals are done. It doesn't wait for the disk, for real sockets or for time.
 */
export async function settled(): Promise<void> {
  for (let quiet = 0; quiet < QUIET; ) {
    await laterTurn();
    quiet = underWay === 0 ? quiet + 1 : 0;
  }
}

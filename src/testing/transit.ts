/**
 * What is on its way between the ends of in-memory connections. It arrives in a later turn, and in the order in which it
 * was sent: on loopback, too, the peer hears nothing before the program has come to rest.
 */
import { inLaterTurn } from '../io/clock.js';

let underWay = 0;

/** Quiet turns in a row after which nothing follows by itself. The longest pause of the engine's own takes two. */
const QUIET = 3;

/** Calls `arrive` in a later turn. */
export function carry(arrive: () => void): void {
  underWay++;
  inLaterTurn(deliver, arrive);
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
 * Resolves when nothing is on its way between in-memory sockets any more, and what came has been taken: all ticks,
 * promises and immediates that follow from it are done. What waits for the disk, for a real socket or for time is not
 * waited for.
 */
export async function settled(): Promise<void> {
  for (let quiet = 0; quiet < QUIET; ) {
    await laterTurn();
    quiet = underWay === 0 ? quiet + 1 : 0;
  }
}

/** Calls of the program that aren't events (those are in forward.ts). */
import { comeBack, leave } from '../../engine/program.js';
import { throwAtTurnEnd } from '../../io/clock.js';

/**
 * Calls the program where something of ours, or of a stream, follows: what it throws is thrown when this turn is over, and
 * holds up no event.
 */
export function callBack<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
  const outer = leave();
  try {
    callback(...args);
  } catch (error) {
    throwAtTurnEnd(error);
  }
  comeBack(outer);
}

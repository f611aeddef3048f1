/** Calls of the program that aren't events (those are in forward.ts). */
import { comeBack, comeBackWith, leave } from '../engine/program.js';
import { throwAtTurnEnd } from '../io/clock.js';

/**
 * Calls the program where something of ours, or of a stream, follows: what it throws is thrown when that is done.
 */
export function callBack<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
  const outer = leave();
  try {
    callback(...args);
  } catch (error) {
    if (outer) comeBackWith(error, outer);
    else throwAtTurnEnd(error);
    return;
  }
  comeBack(outer);
}

/** Calls of the program that aren't events (those are in forward.ts). */
import { comeBack, leave } from '../../engine/program.js';
import { throwAtTurnEnd } from '../../io/clock.js';
import { CALLBACK, recorder } from '../../io/record.js';

/**
 * Calls the program in the middle of work of ours, or of a stream's. What it throws is thrown at the end of the turn, so no
 * event is held up.
 */
export function callBack<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
  const outer = leave();
  try {
    if (recorder === undefined) callback(...args);
    else recorder.door(CALLBACK, undefined, (given) => callback(...given), args);
  } catch (error) {
    throwAtTurnEnd(error);
  }
  comeBack(outer);
}

/** Calls of the program that aren't events (those are in forward.ts). */
import { comeBack, leave } from '../../engine/program.js';
import { attempt } from '../../io/attempt.js';
import { throwAtTurnEnd } from '../../io/clock.js';

/**
 * Calls the program in the middle of work of ours, or of a stream's. What it throws is thrown at the end of the turn, so no
 * event is held up.
 */
export function callBack<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
  const outer = leave();
  const rethrow = attempt(apply, callback, args);
  comeBack(outer);
  if (rethrow !== undefined) throwAtTurnEnd(rethrow);
}

function apply<Args extends unknown[]>(callback: (...args: Args) => unknown, args: Args): void {
  callback(...args);
}

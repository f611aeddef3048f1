/**
 * Calls of the program, and the handling of its exceptions (law 8).
 *
 * Our work often has several steps, each of which may call the program. An exception of the program must not prevent the
 * later steps. So it is kept during work, and thrown when the outermost work is done: it then reaches the caller of the
 * engine (the program or the event loop) at once, on the caller's stack.
 *
 * Work is suspended during a call of the program: what the program calls then throws to the program.
 */
import { throwLater } from './later.js';

interface Failure {
  readonly error: unknown;
  readonly before: Failure | undefined;
}

let working = false;
/** How many calls of the program are on the stack. */
let calls = 0;
/** The kept exceptions, latest first. */
let failure: Failure | undefined;

/** Work begins. @returns whether it is part of other work */
export function begin(): boolean {
  const outer = working;
  working = true;
  return outer;
}

/** The kept exceptions, as an opaque value. If it differs from an earlier one, something was thrown in between. */
export function kept(): unknown {
  return failure;
}

/** Keeps an exception that was thrown during work. */
export function keep(error: unknown): void {
  failure = { error, before: failure };
}

/**
 * Work ends.
 * @param outer what `begin` returned
 * @param before what `kept` returned at the beginning
 * @throws the first exception kept since, unless this is part of other work; the others are thrown from microtasks
 */
export function end(outer: boolean, before: unknown): void {
  working = outer;
  if (outer || failure === before) return;
  let thrown = failure as Failure;
  failure = before as Failure | undefined;
  for (; thrown.before !== before; thrown = thrown.before as Failure) throwLater(thrown.error);
  throwAgain(thrown.error);
}

/**
 * The crash report of a process quotes the line of the last `throw`. That is not where the exception comes from, so the line says
 * that it is not to be quoted; the report then has the stack alone. (A `finally` would keep the line of the program, but only while
 * the stack is unwound.)
 */
function throwAgain(error: unknown): never {
  const kept = { 'node-do-not-add-exception-line': error };
  throw kept['node-do-not-add-exception-line'];
}

/** Does work of several steps: what the program throws during one of them is thrown when all are done. */
export function carryOut<T, A, B>(work: (this: T, a: A, b: B) => void, subject: T, a: A, b: B): void {
  const outer = begin();
  const before = failure;
  try {
    work.call(subject, a, b);
  } catch (error) {
    keep(error);
  }
  end(outer, before);
}

/** A call of the program begins. @returns whether it is made during work */
export function leave(): boolean {
  const outer = working;
  working = false;
  calls++;
  return outer;
}

/** Whether what is going on was not caused by us: the program calls from a turn of its own. */
export const isOutside = (): boolean => calls === 0 && !working;

/**
 * The call of the program returned.
 * @param outer what `leave` returned
 */
export function comeBack(outer: boolean): void {
  working = outer;
  calls--;
}

/**
 * The call of the program threw.
 * @param outer what `leave` returned
 * @throws `error`, unless the call was made during work
 */
export function comeBackWith(error: unknown, outer: boolean): void {
  working = outer;
  calls--;
  if (!outer) throwAgain(error);
  keep(error);
}

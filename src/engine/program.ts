/**
 * Where the program is called, and what becomes of what it throws (law 8).
 *
 * Work of ours is often in several steps, each of which may call the program. What that throws must not keep the steps
 * behind it from being done. So an exception is kept while work is under way, and thrown when the outermost of it is done:
 * then it reaches whoever called the engine, the program or the event loop, at once and on their stack.
 *
 * A call of the program ends the work for as long as it lasts: what the program calls then throws to the program.
 */
import { throwLater } from './later.js';

interface Failure {
  readonly error: unknown;
  readonly before: Failure | undefined;
}

let working = false;
/** What was kept, the latest first. */
let failure: Failure | undefined;

/** Work begins. @returns whether it is a part of other work */
export function begin(): boolean {
  const outer = working;
  working = true;
  return outer;
}

/** What is kept. Other than before: something was thrown since. */
export function kept(): unknown {
  return failure;
}

/** Keeps what was thrown, in work under way. */
export function keep(error: unknown): void {
  failure = { error, before: failure };
}

/**
 * Work ends.
 * @param outer what `begin` returned
 * @param before what `kept` returned at the beginning
 * @throws the first that was kept since, unless this is a part of other work; the others are thrown from microtasks
 */
export function end(outer: boolean, before: unknown): void {
  working = outer;
  if (outer || failure === before) return;
  let thrown = failure as Failure;
  failure = before as Failure | undefined;
  for (; thrown.before !== before; thrown = thrown.before as Failure) throwLater(thrown.error);
  throw thrown.error;
}

/** Does work of several steps: what the program throws in one of them is thrown when all are done. */
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

/** The program is called. @returns whether work is under way */
export function leave(): boolean {
  const outer = working;
  working = false;
  return outer;
}

/**
 * The program returned.
 * @param outer what `leave` returned
 */
export function comeBack(outer: boolean): void {
  working = outer;
}

/**
 * The program threw.
 * @param outer what `leave` returned
 * @throws that, when no work is under way
 */
export function comeBackWith(error: unknown, outer: boolean): void {
  working = outer;
  if (!outer) throw error;
  keep(error);
}

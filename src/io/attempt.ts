/**
 * Calls of the program whose exceptions are thrown later. A `catch` would lose where the exception comes from: the crash report of
 * a process quotes the line of the last `throw`, ours instead of the program's. A `finally` keeps it while it runs, and that of a
 * generator can be left and resumed.
 */

/** Throws the exception of an attempt, as if it were thrown for the first time. Only once. */
export type Rethrow = () => never;

type Call = (...args: unknown[]) => unknown;

/** The call of the attempt that begins. */
let call: Call;
let a: unknown;
let b: unknown;
let c: unknown;
let d: unknown;
let e: unknown;

function* attempts(): Generator<boolean, never, void> {
  for (;;) {
    let hasReturned = false;
    try {
      call(a, b, c, d, e);
      hasReturned = true;
    } finally {
      if (!hasReturned) yield true;
    }
    yield false;
  }
}

/** One for each call that is being made inside another. */
const idle: Generator<boolean, never, void>[] = [];

/**
 * @param made a function of ours: it is called with five arguments
 * @returns undefined if the call returns
 */
export function attempt<Args extends unknown[]>(made: (...args: Args) => unknown, ...args: Args): Rethrow | undefined;
export function attempt(made: Call, a1?: unknown, a2?: unknown, a3?: unknown, a4?: unknown, a5?: unknown) {
  const attempting = idle.pop() ?? attempts();
  call = made;
  a = a1;
  b = a2;
  c = a3;
  d = a4;
  e = a5;
  const hasThrown = attempting.next().value;
  if (hasThrown) return () => attempting.next();
  idle.push(attempting);
  return undefined;
}

/** What it throws. */
export function errorOf(rethrow: Rethrow): Error {
  try {
    rethrow();
  } catch (error) {
    return error as Error;
  }
}

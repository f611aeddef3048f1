/** As it is when this is loaded: the tests of a program may fake it later. */
export const later: (call: () => void) => void = queueMicrotask;

/** Who watches can't disturb who is watched: an exception of theirs is thrown from a microtask. */
export function throwLater(error: unknown): void {
  later(() => {
    throw error;
  });
}

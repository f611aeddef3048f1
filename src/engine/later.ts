/** The fakes of sinon, vitest and Jest keep the original. */
const { clock } = queueMicrotask as { readonly clock?: { readonly _queueMicrotask?: typeof queueMicrotask } };

/** Captured at load: a program's tests may fake the global later. */
export const later: (call: () => void) => void = clock?._queueMicrotask ?? queueMicrotask;

/** Throws from a microtask: an observer's exception must not disturb the actor that it observes. */
export function throwLater(error: unknown): void {
  later(() => {
    throw error;
  });
}

import { IdleTimer, inLaterTurn } from '../io/clock.js';

/** Resolves in a later turn: meanwhile others run. */
export const soon = (): Promise<void> => new Promise((resolve) => inLaterTurn(resolve, undefined));

/** A function that has `call` called so many ms later. It doesn't keep the process alive. */
export function once(ms: number, call: () => void): () => void {
  const timer = new IdleTimer<undefined>(call, undefined);
  return () => timer.start(ms);
}

import { inLaterTurn } from '../io/clock.js';

/** Resolves in a later turn: meanwhile others run. */
export const soon = (): Promise<void> => new Promise((resolve) => inLaterTurn(resolve, undefined));

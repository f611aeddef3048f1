/**
 * The door for a journal: one variable that actors look at for each event. The journal (src/journal) notes the event; a replay
 * returns it with what the program has contributed to it.
 */
import type { EventLike } from './args.js';
import { later } from './later.js';

/** An actor that is sent an event. */
export interface Stepping {
  readonly connection: number;
  readonly exchange: number;
  readonly id: string;
}

export interface Stepper {
  /** An actor has its place and its first state. */
  started(actor: Stepping): void;
  /** An actor is sent an event. @returns the event that it is sent */
  step<TEvent extends EventLike>(actor: Stepping, event: TEvent): TEvent;
  /** Calls `post` with what calls `call()` later. */
  postpone(post: (call: () => void) => void, call: () => void): void;
}

export let stepper: Stepper | undefined;

/** @param next undefined: nobody notes */
export function useStepper(next: Stepper | undefined): void {
  stepper = next;
}

/** Calls `call()` in a microtask. */
export function postpone(call: () => void): void {
  if (stepper === undefined) later(call);
  else stepper.postpone(later, call);
}

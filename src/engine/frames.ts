/**
 * Stacks for what transitions emit and raise.
 *
 * A transition needs a list for each, which nearly always has no item or one. Instead of allocating lists, all actors share
 * two stacks: a transition saves `top` when it begins, owns the items above it, and restores `top`. Transitions and
 * deliveries nest properly (a send inside a delivery begins and ends inside it), so a stack is enough.
 */
import type { EventLike } from './args.js';

class Frames<T> {
  readonly items: (T | undefined)[] = [];
  top = 0;

  push(item: T): void {
    this.items[this.top++] = item;
  }

  /** Ends the frame that begins at `base` and drops its items. */
  drop(base: number): void {
    while (this.top > base) this.items[--this.top] = undefined;
  }

  /** A copy of the frame that begins at `base`. */
  copy(base: number): T[] {
    return this.items.slice(base, this.top) as T[];
  }
}

export const emissions = new Frames<unknown>();
export const raisedEvents = new Frames<EventLike>();

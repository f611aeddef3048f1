/**
 * Where transitions under way put what they emit and raise.
 *
 * A transition needs a list for each, nearly always empty or of one item. Instead of allocating them, all actors share
 * two stacks: a transition remembers `top` when it begins, owns what lies above, and puts `top` back. Transitions and
 * deliveries nest properly (a send inside a delivery begins and ends inside it), so a stack is enough.
 */
import type { EventLike } from './args.js';

class Frames<T> {
  readonly items: (T | undefined)[] = [];
  top = 0;

  push(item: T): void {
    this.items[this.top++] = item;
  }

  /** Ends the frame that begins at `base` and forgets its items. */
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

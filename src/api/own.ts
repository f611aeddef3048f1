import { inspect } from 'node:util';
import { Opaque } from '../io/conceal.js';

/**
 * Where an object of the facade keeps what is ours: one symbol, no private fields, because prototypes are swapped under
 * these objects and constructors are applied to foreign ones.
 */
export const own: unique symbol = Symbol('statewire');

/** Where it is, in fact: in a box. Who prints or compares the object sees no more of it. */
const boxed: unique symbol = Symbol('statewire');

interface Boxed {
  [boxed]?: Opaque<unknown> | undefined;
}

/**
 * Has the objects with that prototype keep what is ours in a box, and `util.inspect` print them as `describe` says: in a line,
 * at any depth.
 */
export function keepOwn<T extends object>(prototype: T, describe: (object: T) => string): void {
  Object.defineProperties(prototype, {
    [own]: {
      get(this: Boxed): unknown {
        const box = this[boxed];
        return box === undefined ? undefined : Opaque.content(box);
      },
      set(this: Boxed, value: unknown) {
        this[boxed] = new Opaque(value);
      },
      configurable: true,
    },
    [inspect.custom]: {
      value(this: T): string {
        return describe(this);
      },
      writable: true,
      configurable: true,
    },
  });
}

import { inspect } from 'node:util';
import { Opaque } from '../io/conceal.js';

/**
 * Where an object of the facade keeps what is ours: one symbol, no private fields, because prototypes are swapped under
 * these objects and constructors are applied to foreign ones.
 */
export const own: unique symbol = Symbol('statewire');

/** Where it is, in fact: in a box. Who prints or compares the object sees no more of it. */
export const boxed: unique symbol = Symbol('statewire');

export interface Boxed {
  [boxed]?: Opaque<unknown> | undefined;
}

/** `return Opaque.content(this[boxed])`, which is undefined without a box. */
type Getter = (this: Boxed) => unknown;

/**
 * Has the objects with that prototype keep what is ours in a box, and `util.inspect` print them as `describe` says: in a line,
 * at any depth.
 * @param get a function for this prototype alone: what V8 learns of it, it learns of objects of one kind, and a shared one
 * costs two per cent of a request
 */
export function keepOwn<T extends object>(prototype: T, describe: (object: T) => string, get: Getter): void {
  Object.defineProperties(prototype, {
    [own]: {
      get,
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

/**
 * Members that are made when somebody first looks at them: the stream of a request that no handler reads, the table of
 * listeners of a message that has none.
 *
 * What was made or assigned is an ordinary property of the object. It is defined by the field of a class, which V8 does as fast as
 * it assigns; `Object.defineProperty` takes five times as long.
 */

class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so the fields of a derived class are defined on `object`.
    return object;
  }
}

/** @param make makes the member, by assigning it if need be, and returns it; undefined for an object that can't have it */
export function byNeed<T extends object>(prototype: T, name: string, make: (object: T) => unknown): void {
  class Defined extends Given {
    [member: string]: unknown;
    [name]: unknown;
    constructor(object: object, value: unknown) {
      super(object);
      // Assigned here: rollup removes an object that nobody uses if its constructor does nothing but define fields.
      this[name] = value;
    }
  }
  Object.defineProperty(prototype, name, {
    // As the inherited member, if there is one.
    enumerable: name in prototype,
    get(this: T) {
      return make(this);
    },
    set(this: T, value: unknown) {
      new Defined(this, value);
    },
    configurable: true,
  });
}

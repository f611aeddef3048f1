/**
 * Hides our data on objects of others from `console.log`, `deepEqual` and the printers of test frameworks: from a socket they
 * would walk through the whole engine.
 */

/** Sets a property that isn't enumerable. It is slow: for the few objects of a connection. */
export function conceal<T>(object: object, key: PropertyKey, value: T): T {
  Object.defineProperty(object, key, { value, writable: true, configurable: true, enumerable: false });
  return value;
}

/**
 * A box that hides its content and is deeply equal to any other box. It is for the many objects of a message: an enumerable
 * property with a box costs a tenth of one that isn't enumerable. Unlike a private field, the property is found through a
 * Proxy and on an object whose prototype is the message.
 */
export class Opaque<T> {
  readonly #content: T;

  constructor(content: T) {
    this.#content = content;
  }

  static content<T>(box: Opaque<T> | undefined): T | undefined {
    return box === undefined ? undefined : box.#content;
  }
}

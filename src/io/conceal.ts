/**
 * What is ours on objects of others, kept out of the sight of `console.log`, `deepEqual` and the printers of test frameworks:
 * they would walk from a socket through the whole engine.
 */

/** Puts a property on an object that nobody sees who asks it for its own. For objects that are few: it is slow. */
export function conceal<T>(object: object, key: PropertyKey, value: T): T {
  Object.defineProperty(object, key, { value, writable: true, configurable: true, enumerable: false });
  return value;
}

/**
 * A box that shows nothing of what is in it, and is equal to any other. On objects that are many, a property that is seen and
 * holds a box costs a tenth of one that isn't seen; and unlike a private field it is found through a Proxy, or on an object
 * that has the message as prototype.
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

/**
 * Classes as Node's http exports them: constructors from before the class syntax. Widely used programs call them without
 * `new` (`http.Agent()`), apply them to their own objects (`http.OutgoingMessage.call(this)` after `util.inherits`) and
 * extend them with `class`. A JavaScript class only allows the last.
 *
 * So the methods are written as a class whose constructor never runs, and the constructor is a function that sets up `this`.
 * It first calls its base in the same way: `Readable.call(this, options)`.
 */

type AnyClass = abstract new (...args: never[]) => object;

/** `Instance`: the public name of what it makes, which editors and the compiler show. */
export type Callable<Methods extends AnyClass, Args extends unknown[], Instance = InstanceType<Methods>> = {
  new (...args: Args): Instance;
  /** Without `new`: on an instance, sets it up; on anything else, a new instance. */
  (this: unknown, ...args: Args): Instance;
  prototype: Instance;
} & Omit<Methods, 'prototype'>;

/**
 * Makes a function the constructor of the class. The function is not wrapped: a JavaScript engine reserves room in an object
 * for the properties that the constructor itself assigns, and an object that outgrows that room costs three times its size.
 * Its name comes from a property: a bundler would number a function name that shadows the variable of the class, and stack
 * traces show the name in the source.
 *
 * @param methods the class that provides methods, statics and base
 * @param named the function that sets up `this`, under the name of the class. If `this` is not an instance of the class, it
 * first of all returns `create(the class, …)`
 */
export function callable<Methods extends AnyClass, Args extends unknown[]>(
  methods: Methods,
  named: { readonly [name: string]: (this: InstanceType<Methods>, ...args: Args) => unknown },
): Callable<Methods, Args> {
  const [construct] = Object.values(named);
  takeOver(construct as (...args: never[]) => unknown, methods);
  return construct as unknown as Callable<Methods, Args>;
}

/**
 * Whether a constructor that was called without `new` has no object to set up: it was called by its name, or as a member of
 * its module.
 */
export function isBare(self: unknown, construct: { readonly name: string }): boolean {
  return self === undefined || self === null || (self as Record<string, unknown>)[construct.name] === construct;
}

/** A new instance, for a constructor that was called without `new`. */
export function create<Instance, Args extends unknown[]>(
  construct: (this: Instance, ...args: Args) => unknown,
  ...args: Args
): Instance {
  return Reflect.construct(construct, args) as Instance;
}

/**
 * Makes the members of `base` own members of `made`, and the base of `base` its base: programs look for the methods of Node's
 * classes on the prototypes where Node has them. `super` in the methods of `made` then means the latter.
 */
export function absorb(made: AnyClass, base: AnyClass): void {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(
    base.prototype as object,
  ) as PropertyDescriptorMap;
  for (const member of Object.values(members)) member.enumerable = typeof member.value === 'function';
  Object.defineProperties(made.prototype, members);
  Object.setPrototypeOf(made.prototype, Object.getPrototypeOf(base.prototype));
  Object.setPrototypeOf(made, Object.getPrototypeOf(base));
}

/** Gives `made` everything that `methods` has. Methods become enumerable, as on Node's prototypes. */
function takeOver(made: (...args: never[]) => unknown, methods: AnyClass): void {
  const { prototype, ...statics } = Object.getOwnPropertyDescriptors(methods);
  const { name: _name, length: _length, ...declared } = statics;
  Object.defineProperties(made, declared);
  Object.setPrototypeOf(made, Object.getPrototypeOf(methods));
  made.prototype = prototype.value;
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(made.prototype))) {
    if (typeof descriptor.value === 'function') Object.defineProperty(made.prototype, name, { enumerable: true });
  }
  Object.defineProperty(made.prototype, 'constructor', { value: made, enumerable: false });
}

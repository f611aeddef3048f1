/**
 * Classes of the kind that Node's http exports: constructors from before the class syntax, which programs in wide use
 * call without `new` (`http.Agent()`), apply to an object of their own (`http.OutgoingMessage.call(this)` after
 * `util.inherits`) and extend by `class`. A JavaScript class allows the last alone.
 *
 * So the methods are written as a class, whose own constructor never runs, and what a constructor would do is a
 * function of `this`. It begins by calling its base in the same way: `Readable.call(this, options)`.
 */

type AnyClass = abstract new (...args: never[]) => object;

export type Callable<Methods extends AnyClass, Args extends unknown[]> = {
  new (...args: Args): InstanceType<Methods>;
  /** Without `new`: on an instance, sets it up; on anything else, a new instance. */
  (this: unknown, ...args: Args): InstanceType<Methods>;
  prototype: InstanceType<Methods>;
} & Omit<Methods, 'prototype'>;

/**
 * Makes a function the constructor of the class. It is not wrapped: an engine reserves room in an object for the
 * properties that it sees assigned in the constructor itself, and an object that outgrows that room costs three times
 * its size. Nor has it a name of its own: a bundler would number one that hides the variable of the class, and what
 * stands in the source is what stack traces have.
 *
 * @param methods the class to take methods, statics and base from
 * @param named under the name of the class, the function that sets up `this`; if that is no instance of the class, it
 * returns `create(the class, …)` first of all
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
 * what exports it.
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

/** Gives `made` all that `methods` has. Methods become enumerable, as those of Node's prototypes are. */
function takeOver(made: (...args: never[]) => unknown, methods: AnyClass): void {
  const { prototype, ...statics } = Object.getOwnPropertyDescriptors(methods);
  const { name: _name, length: _length, ...own } = statics;
  Object.defineProperties(made, own);
  Object.setPrototypeOf(made, Object.getPrototypeOf(methods));
  made.prototype = prototype.value;
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(made.prototype))) {
    if (typeof descriptor.value === 'function') Object.defineProperty(made.prototype, name, { enumerable: true });
  }
  Object.defineProperty(made.prototype, 'constructor', { value: made, enumerable: false });
}

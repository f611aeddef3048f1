/** The globals of the host that node:http exports, too. The host makes each at first access, in some 80 ms. */
import type { Global } from '../compat/types.js';

/** The global; undefined if the host has none. */
export function hostGlobal<Name extends string>(name: Name): Global<Name> {
  return Reflect.get(globalThis, name);
}

/**
 * What can be exported by name, where no getter is possible: a constructor that takes everything from the global when it is
 * used. Undefined if the host has no such global.
 */
export function standIn<Name extends string>(name: Name): Global<Name> {
  if (!(name in globalThis)) return undefined as Global<Name>;
  const real = (): (new () => object) => Reflect.get(globalThis, name);
  // A bound function is a constructor without properties that a proxy would have to repeat.
  const made: object = new Proxy(Object.bind(undefined), {
    apply: (_target, self, args) => Reflect.apply(real(), self, args),
    construct: (_target, args, derived) => Reflect.construct(real(), args, derived === made ? real() : derived),
    get: (_target, property) => Reflect.get(real(), property),
    getPrototypeOf: () => Reflect.getPrototypeOf(real()),
    has: (_target, property) => Reflect.has(real(), property),
    set: (_target, property, value) => Reflect.set(real(), property, value),
  });
  return made as unknown as Global<Name>;
}

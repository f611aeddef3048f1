/** Helpers to declare classes and events as `@types/node` does. */

/** The type that the host declares under a name, if it does. */
export type Global<Name extends string> = typeof globalThis extends Record<Name, infer Value> ? Value : undefined;

/** A Buffer whose memory is not shared. Before TypeScript 5.7, Buffer has no parameter. */
export type Bytes = ReturnType<typeof Buffer.alloc>;

/** The static side of a class: Node's classes inherit the statics of their bases. */
export type Statics<Class> = Omit<Class, 'prototype'>;

/** The arguments of an event; anything for an event that isn't declared. */
export type Given<Events, Name> = Name extends keyof Events
  ? Events[Name] extends unknown[]
    ? Events[Name]
    : never
  : // biome-ignore lint/suspicious/noExplicitAny: a program may emit events of its own.
    any[];

export type Listener<Events, Name> = (...args: Given<Events, Name>) => void;

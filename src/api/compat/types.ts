/** How the types of Node's classes and events are made, as `@types/node` makes them. */

/** What the host has under a name, as far as its declarations know. */
export type Global<Name extends string> = typeof globalThis extends Record<Name, infer Value> ? Value : undefined;

/** What a class has beside its instances: Node's classes have the functions of those above them. */
export type Statics<Class> = Omit<Class, 'prototype'>;

/** What an event is emitted with; anything, for one that isn't the server's own. */
export type Given<Events, Name> = Name extends keyof Events
  ? Events[Name] extends unknown[]
    ? Events[Name]
    : never
  : // biome-ignore lint/suspicious/noExplicitAny: what a program emits by itself is its own affair.
    any[];

export type Listener<Events, Name> = (...args: Given<Events, Name>) => void;

/**
 * Where an object of the facade keeps what is ours: one symbol, no private fields, because prototypes are swapped under
 * these objects and constructors are applied to foreign ones.
 */
export const own: unique symbol = Symbol('statewire');

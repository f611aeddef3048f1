import { EventEmitter } from 'node:events';
import { byNeed } from './byNeed.js';
import { boxed } from './own.js';

/** `emit` as it was when this module was loaded. */
const plain = EventEmitter.prototype.emit;

interface Emitter {
  emit: unknown;
  _eventsCount?: number;
}

/**
 * Whether anybody could notice an event of `emitter`: it has listeners, or its `emit` was replaced, as tracing tools do.
 * Reads the count that EventEmitter keeps: the documented `eventNames` would allocate a copy.
 */
export function hasListeners(emitter: Emitter): boolean {
  return emitter._eventsCount !== 0 || emitter.emit !== plain;
}

/** What the constructor of EventEmitter calls. `node:domain` replaces it. */
const { init } = EventEmitter as { readonly init?: unknown };

/** Whether an emitter needs nothing of its constructor but the table of listeners. */
export const isPlainEmitter = (): boolean => (EventEmitter as { readonly init?: unknown }).init === init;

interface WithTable {
  _events: object;
}

/** Makes the messages with that prototype have a table of listeners by need. EventEmitter makes one for the first listener. */
export function listenersByNeed(prototype: object): void {
  byNeed(prototype, '_events', (object) => {
    if (!Object.hasOwn(object, boxed)) return inherited(object);
    const table = { __proto__: null };
    (object as WithTable)._events = table;
    return table;
  });
}

/** The table of the message from which the object inherits; undefined for a prototype. */
function inherited(object: object): object | undefined {
  const up = Object.getPrototypeOf(object) as WithTable;
  return boxed in up ? up._events : undefined;
}

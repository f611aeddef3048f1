import { EventEmitter } from 'node:events';

/** `emit` as it was when this was loaded. */
const plain = EventEmitter.prototype.emit;

interface Emitter {
  emit: unknown;
  _eventsCount?: number;
}

/**
 * Whether anybody could notice what is emitted on `emitter`: it has listeners, or its `emit` is replaced, as tracing
 * tools do. Reads the count that EventEmitter keeps, which its documented `eventNames` would copy.
 */
export function hasListeners(emitter: Emitter): boolean {
  return emitter._eventsCount !== 0 || emitter.emit !== plain;
}

import { EventEmitter } from 'node:events';

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

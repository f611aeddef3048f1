import type { EventEmitter } from 'node:events';
import { isHeard } from './compat/heard.js';

/** Names after the dot, so that an event name is the same string each time. */
const names = new Map<string, string>();

function nameOf(type: string): string {
  let name = names.get(type);
  if (name === undefined) {
    name = type.slice(type.indexOf('.') + 1);
    names.set(type, name);
  }
  return name;
}

/**
 * The one door through which lifecycle events leave: what a machine tells (`res.finish`) is emitted on its addressee
 * under the name after the dot, through the addressee's own `emit`, which programs may have replaced. Where nobody could
 * notice nothing is emitted; an unheard 'error' is noticed by being thrown.
 */
export function forward(target: EventEmitter, type: string, a?: unknown, b?: unknown, c?: unknown): boolean {
  if (!isHeard(target) && type !== 'req.error' && type !== 'res.error') return false;
  const name = nameOf(type);
  if (a === undefined) return target.emit(name);
  if (b === undefined) return target.emit(name, a);
  return c === undefined ? target.emit(name, a, b) : target.emit(name, a, b, c);
}

import type { EventEmitter } from 'node:events';
import { comeBack, comeBackWith, leave } from '../../engine/program.js';
import { hasListeners } from '../compat/listeners.js';

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
export function forward(target: EventEmitter, type: string, a?: unknown, b?: unknown, c?: unknown): void {
  if (!hasListeners(target) && type !== 'req.error' && type !== 'res.error') return;
  const outer = leave();
  try {
    emit(target, nameOf(type), a, b, c);
  } catch (error) {
    comeBackWith(error, outer);
    return;
  }
  comeBack(outer);
}

function emit(target: EventEmitter, name: string, a: unknown, b: unknown, c: unknown): void {
  if (a === undefined) target.emit(name);
  else if (b === undefined) target.emit(name, a);
  else if (c === undefined) target.emit(name, a, b);
  else target.emit(name, a, b, c);
}

import type { EventEmitter } from 'node:events';
import { comeBack, comeBackWith, leave } from '../../engine/program.js';
import { isInDomain, throwAtTurnEnd } from '../../io/clock.js';
import { asked, EMIT, recorder, through } from '../../io/record.js';
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
 * The only exit of lifecycle events: an event of a machine (`res.finish`) is emitted on its target under the name after the
 * dot, by the target's `emit`, which programs may have replaced. Without a listener nothing is emitted, except 'error', which
 * then throws.
 * @returns whether somebody has received it, as `emit` says
 */
export function forward(target: EventEmitter, type: string, a?: unknown, b?: unknown, c?: unknown): boolean {
  if (!asked(hasListeners(target)) && type !== 'req.error' && type !== 'res.error') return false;
  const outer = leave();
  let isReceived = true;
  try {
    isReceived = recorder === undefined ? emit(target, nameOf(type), a, b, c) : emitNoted(target, type, a, b, c);
  } catch (error) {
    // Kept until our work is done, it would go to the domain that is active then.
    if (outer && isInDomain()) {
      comeBack(outer);
      throwAtTurnEnd(error);
    } else comeBackWith(error, outer);
    return true;
  }
  comeBack(outer);
  return isReceived;
}

const emitNoted = (target: EventEmitter, type: string, a: unknown, b: unknown, c: unknown): boolean =>
  through(EMIT, type, () => emit(target, nameOf(type), a, b, c));

function emit(target: EventEmitter, name: string, a: unknown, b: unknown, c: unknown): boolean {
  if (a === undefined) return target.emit(name);
  if (b === undefined) return target.emit(name, a);
  return c === undefined ? target.emit(name, a, b) : target.emit(name, a, b, c);
}

/**
 * Defaults of options, for the whole process. They are kept in the global object: `statewire/register` sets them before the
 * library is loaded, and two copies of the package have the same.
 */
export interface Defaults {
  /** Of `createServer()`. */
  requireHostHeader: boolean | 'node';
  /** Of `request()`. */
  frameUpgradeBody: boolean;
}

const key = Symbol.for('statewire.defaults');

function create(): Defaults {
  const value: Defaults = { requireHostHeader: true, frameUpgradeBody: true };
  Object.defineProperty(globalThis, key, { value, configurable: true });
  return value;
}

export const defaults: Defaults = Reflect.get(globalThis, key) ?? create();

/**
 * The library captures the functions of time when it is loaded, as node:http does (io/clock.ts). Under `register` it is loaded
 * when it is first used, and a test may have faked them by then. So they are captured here, and put back while it loads.
 */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import timers from 'node:timers';

const timing = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'];

const places: readonly (readonly [object, readonly string[]])[] = [
  [timers, timing],
  [process, ['nextTick']],
  [performance, ['now']],
  [Date, ['now']],
  [globalThis, ['Date', 'queueMicrotask']],
];

type Property = readonly [holder: object, name: string, descriptor: PropertyDescriptor | undefined];

const properties = (): Property[] =>
  places.flatMap(([holder, names]) =>
    names.map((name): Property => [holder, name, Object.getOwnPropertyDescriptor(holder, name)]),
  );

const real = properties();

/** Calls `load` with the functions of time that were there when this module was loaded. */
export function withoutFakes<T>(load: () => T): T {
  const found = properties();
  restore(real, found);
  try {
    return load();
  } finally {
    restore(found, real);
  }
}

function restore(wanted: readonly Property[], found: readonly Property[]): void {
  for (const [i, [holder, name, descriptor]] of wanted.entries()) {
    const other = found[i]![2];
    if (descriptor?.value === other?.value && descriptor?.get === other?.get) continue;
    if (descriptor === undefined) Reflect.deleteProperty(holder, name);
    else Reflect.defineProperty(holder, name, descriptor);
  }
}

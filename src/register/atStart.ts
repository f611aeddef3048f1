/**
 * Under `register` the library is loaded when it is first used. By then a test may have faked the functions of time, which the
 * library captures when it is loaded, as node:http does (io/clock.ts). Or a tool may have hooked `require`, to compile or to
 * mock what the program loads. So these are captured here, and put back while the library is loaded.
 */
import Module from 'node:module';
import process from 'node:process';
import timers from 'node:timers';

type Loader = typeof Module & { readonly _extensions: object; readonly prototype: object };

const { _extensions, prototype } = Module as Loader;

const places: readonly (readonly [object, readonly string[]])[] = [
  [timers, ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate']],
  [process, ['nextTick', 'hrtime']],
  [Date, ['now']],
  [globalThis, ['Date', 'queueMicrotask']],
  [Module, ['_load', '_resolveFilename', '_findPath']],
  [prototype, ['require', 'load', '_compile']],
  [_extensions, ['.js', '.cjs']],
];

type Property = readonly [holder: object, name: string, descriptor: PropertyDescriptor | undefined];

const properties = (): Property[] =>
  places.flatMap(([holder, names]) =>
    names.map((name): Property => [holder, name, Object.getOwnPropertyDescriptor(holder, name)]),
  );

const first = properties();

/** Calls `load` with what was there when this module was loaded. */
export function asAtStart<T>(load: () => T): T {
  const found = properties();
  restore(first, found);
  try {
    return load();
  } finally {
    restore(found, first);
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

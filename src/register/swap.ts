/**
 * Replaces the exports of a built-in module in place: in its own exports object, which `require`, `import` and
 * `process.getBuiltinModule` all hand out. Loader hooks (`module.registerHooks`) would add nothing but code that runs for each
 * module: they don't reach `process.getBuiltinModule`, nor what holds the object already.
 */

export type Exports = Record<string, unknown>;

export interface Swapped {
  /** Loads statewire, if it is not loaded yet. */
  load(): void;
  /** Puts the built-in's own exports back. */
  undo(): void;
}

/**
 * Node's own: a value that is the same, and globals that it makes at first access, in some 40 ms. Named imports of the
 * built-in read all others when it is first imported, and so load statewire.
 */
const kept: readonly string[] = ['maxHeaderSize', 'WebSocket', 'CloseEvent', 'MessageEvent'];

/**
 * Until one of the exports is read they are accessors, so that a process that doesn't use them doesn't load statewire.
 * @param face loads the exports of statewire
 */
export function swap(builtin: Exports, face: () => Exports): Swapped {
  const originals = Object.getOwnPropertyDescriptors(builtin);
  const names = Object.keys(originals).filter((name) => originals[name]!.configurable && !kept.includes(name));
  const getters = new Map<string, () => unknown>();
  /** The properties with statewire's values, once it is loaded. */
  const ours = new Map<string, PropertyDescriptor>();
  let isLoading = false;
  let isUndone = false;

  function load(): void {
    if (ours.size > 0) return;
    isLoading = true;
    try {
      const loaded = face();
      for (const [name, getter] of getters) {
        const property = like(originals[name]!, loaded, name);
        ours.set(name, property);
        // The program may have replaced it meanwhile.
        const { get } = Object.getOwnPropertyDescriptor(builtin, name) ?? {};
        if (get === getter) Object.defineProperty(builtin, name, property);
      }
    } finally {
      isLoading = false;
    }
  }

  for (const name of names) {
    const original = originals[name]!;
    // A program may copy or wrap the accessor.
    const get = (): unknown => {
      // A hook of the program, called while statewire is loaded, gets Node's.
      if (isLoading || isUndone) return readFrom(original);
      load();
      return readFrom(ours.get(name)!);
    };
    const set = function (this: unknown, value: unknown): void {
      if (original.set) {
        load();
        builtin[name] = value;
      } else Object.defineProperty(this, name, { ...original, value });
    };
    getters.set(name, get);
    Object.defineProperty(builtin, name, { get, set, enumerable: original.enumerable!, configurable: true });
  }

  function undo(): void {
    isUndone = true;
    for (const name of names) Object.defineProperty(builtin, name, originals[name]!);
  }

  return { load, undo };
}

function readFrom({ get, value }: PropertyDescriptor): unknown {
  return get === undefined ? value : get();
}

/** The property as Node has it, with statewire's value. What is an accessor in statewire is one here: a variable of its own. */
function like(original: PropertyDescriptor, face: Exports, name: string): PropertyDescriptor {
  const own = Object.getOwnPropertyDescriptor(face, name);
  if (own === undefined) return original;
  const { enumerable = true } = original;
  if (own.get === undefined) {
    return { value: own.value, writable: original.writable ?? true, enumerable, configurable: true };
  }
  const set = own.set && ((value: unknown) => Reflect.set(face, name, value));
  return { get: () => face[name], set, enumerable, configurable: true };
}

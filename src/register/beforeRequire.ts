/**
 * Statewire is loaded at the latest when the program first requires a built-in that it replaces: mocking tools look at the
 * descriptor of a property before they read it, and an accessor is not what they expect. An `import` reads all exports anyway.
 */
import Module from 'node:module';

type Load = (this: unknown, request: unknown, ...rest: unknown[]) => unknown;

const loader = Module as unknown as { _load: Load };

/**
 * Calls `load` once, before one of the built-ins is required.
 * @param builtins names with `node:`
 * @returns stops waiting for that
 */
export function beforeRequire(builtins: readonly string[], load: () => void): () => void {
  const awaited = new Set<unknown>(builtins.flatMap((name) => [name, name.replace(/^node:/, '')]));
  const { _load: original } = loader;

  const watching: Load = function (...args) {
    if (awaited.has(args[0])) {
      stop();
      load();
    }
    return Reflect.apply(original, this, args);
  };

  /** A tool may have wrapped it since: then it stays, and does nothing. */
  function stop(): void {
    awaited.clear();
    if (loader._load === watching) loader._load = original;
  }

  loader._load = watching;
  return stop;
}

/**
 * What `util.inspect` prints of the public objects: `<Name …>` with what `explain` says of them. Who explains is set by index.ts,
 * and runs when somebody prints.
 */

type Describe = (object: object) => string | undefined;

let describe: Describe = () => undefined;

/** @param given returns undefined for an object that was never set up */
export function describeWith(given: Describe): void {
  describe = given;
}

export function inspected(object: object): string {
  const name = (object.constructor as { name?: unknown } | undefined)?.name || 'Object';
  const text = describe(object);
  return text === undefined ? `<${String(name)}>` : `<${String(name)} ${text}>`;
}

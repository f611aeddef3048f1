import { inspect } from 'node:util';

/** The test runner formats stacks by itself; without its hook the first line of a stack is the host's again. */
Reflect.deleteProperty(Error, 'prepareStackTrace');

/** All of an error by which a program could tell it from another, apart from where it was made. */
export function describeError(error: Error) {
  return {
    code: (error as NodeJS.ErrnoException).code,
    name: error.name,
    message: error.message,
    string: String(error),
    head: error.stack?.slice(0, error.stack.indexOf('\n    at ')),
    shown: inspect(error).replace(/\n {4}at .*/g, ''),
    json: JSON.stringify(error),
    properties: Object.entries(Object.getOwnPropertyDescriptors(error))
      .map(([name, { enumerable, writable, configurable }]) => ({ name, enumerable, writable, configurable }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    bases: [Error, TypeError, RangeError].filter((Base) => error instanceof Base),
    constructorName: error.constructor.name,
  };
}

/** What `act` throws, described; undefined when it throws nothing. */
export function faultOf(act: () => unknown) {
  try {
    act();
  } catch (error) {
    return describeError(error as Error);
  }
  return undefined;
}

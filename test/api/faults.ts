import { inspect } from 'node:util';

/** The test runner formats stacks itself; without its hook the first line of a stack is the host's. */
Reflect.deleteProperty(Error, 'prepareStackTrace');

/** Everything by which a program can distinguish errors, except where they were created. */
export function describeError(error: Error) {
  return {
    code: (error as NodeJS.ErrnoException).code,
    name: error.name,
    message: error.message,
    string: String(error),
    head: error.stack?.split('\n    at ')[0],
    shown: inspect(error)
      .replace(/\n {4}at .*/g, '')
      .replace(/^\[(.*)\]$/, '$1'),
    json: JSON.stringify(error),
    properties: Object.entries(Object.getOwnPropertyDescriptors(error))
      .map(([name, { enumerable, writable, configurable }]) => ({ name, enumerable, writable, configurable }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    bases: [Error, TypeError, RangeError].filter((Base) => error instanceof Base),
    constructorName: error.constructor.name,
  };
}

/**
 * A description of what `act` throws; undefined if it throws nothing.
 * Node's checks leave Error.stackTraceLimit at 0 if a value cannot be converted to a string.
 */
export function faultOf(act: () => unknown) {
  const { stackTraceLimit } = Error;
  try {
    act();
  } catch (error) {
    return describeError(error as Error);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return undefined;
}

/** What `everyFault` is given as its program: it makes one for each run. What is meant as one itself is refused, with what to write. */
import { invalidArgType } from '../../api/compat/errors.js';
import { isOurs } from './program.js';

/** The first parameter, as handlers name it. */
const HANDLER = /^(?:async\b\s*)?(?:function\b[^(]*)?\(?\s*_?(?:req|request|incoming|ctx|context)\s*(?:[,)]|=>)/;

const isFunction = (value: unknown): boolean => typeof value === 'function';

/** An application, or a server: of Express it is a function. */
function isApplication(given: unknown): boolean {
  const { listen, callback, handle, server } = Object(given) as Readonly<Record<string, unknown>>;
  return isOurs(given) || isOurs(server) || [listen, callback, handle].some(isFunction);
}

/** A function is given two things, `http` and an agent. */
const isHandler = (given: unknown): boolean =>
  typeof given === 'function' && (given.length > 2 || HANDLER.test(Function.prototype.toString.call(given)));

/** @throws ERR_INVALID_ARG_TYPE */
export function validateProgram(kind: 'server' | 'client', given: unknown): void {
  if (given instanceof URL) return;
  const name = `options.${kind}`;
  if (kind === 'server' && isApplication(given))
    throw invalidArgType(name, 'a function that makes one for each run: server: () => app', given);
  if (kind === 'server' && isHandler(given))
    throw invalidArgType(
      name,
      'a function that makes a server, or a handler, for each run: server: () => handler',
      given,
    );
  if (typeof given !== 'function') throw invalidArgType(name, ['function', 'URL'], given);
}

/** Whether a name is that of an emission. */
import { invalidArgValue } from '../api/compat/errors.js';

/** @throws ERR_INVALID_ARG_VALUE, with what may be meant, for a name that isn't known */
export function checkEmission(name: unknown, argument: string, known: readonly string[]): void {
  if (known.includes(name as string)) return;
  const meant = typeof name === 'string' ? meantBy(name, known) : undefined;
  const question = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
  const list = known.map((each) => `'${each}'`).join(', ');
  throw invalidArgValue(argument, name, `must be one of: ${list}${question}`);
}

/** A program knows 'req.socket' as 'socket', and another machine emits it under another role. */
const asInProgram = (name: string): string => name.slice(name.indexOf('.') + 1);

const meantBy = (name: string, known: readonly string[]): string | undefined =>
  known.find((each) => asInProgram(each) === asInProgram(name));

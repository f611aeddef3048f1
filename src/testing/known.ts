/** Whether a name is that of an emission. */
import { invalidArgValue } from '../api/compat/errors.js';
import { nearest } from '../cli/guess.js';

/** @throws ERR_INVALID_ARG_VALUE, with what may be meant, for a name that isn't known */
export function checkEmission(name: unknown, argument: string, known: readonly string[]): void {
  if (known.includes(name as string)) return;
  const meant = typeof name === 'string' ? meantBy(name, known) : undefined;
  const question = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
  const list = known.map((each) => `'${each}'`).join(', ');
  throw invalidArgValue(argument, name, `must be one of: ${list}${question}`);
}

/** A program knows 'req.socket' as 'socket'. */
const asInProgram = (name: string): string => name.slice(name.indexOf('.') + 1);

function meantBy(name: string, known: readonly string[]): string | undefined {
  const whole = name.includes('.') ? nearest(name, known) : undefined;
  if (whole !== undefined) return whole;
  const event = nearest(asInProgram(name), known.map(asInProgram));
  return known.find((each) => asInProgram(each) === event);
}

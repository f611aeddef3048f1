/**
 * Compiles guards to closures, for one configuration.
 *
 * `stateIn` is constant in a configuration, so it is folded: only tests of the context and the event remain.
 */
import type { Args } from './args.js';
import { matchesValue } from './match.js';
import type { Guard, Predicate, StateNode, StateValue } from './model.js';

/** The states in which a guard is evaluated. */
export interface Place {
  readonly active: ReadonlySet<StateNode>;
  readonly value: StateValue;
}

/** The guard as a closure, or as a constant if its value is fixed in this place. */
export function compileGuard(guard: Guard, place: Place): Predicate | boolean {
  switch (guard.kind) {
    case 'test':
      return guard.test;
    case 'inState':
      return place.active.has(guard.node);
    case 'matches':
      return matchesValue(guard.value, place.value);
    case 'not':
      return negate(compileGuard(guard.guard, place));
    case 'and':
      return every(guard.guards.map((each) => compileGuard(each, place)));
    case 'or':
      return negate(every(guard.guards.map((each) => negate(compileGuard(each, place)))));
  }
}

function negate(guard: Predicate | boolean): Predicate | boolean {
  return typeof guard === 'boolean' ? !guard : (args) => !guard(args);
}

function every(guards: readonly (Predicate | boolean)[]): Predicate | boolean {
  const tests: Predicate[] = [];
  for (const guard of guards) {
    if (typeof guard === 'function') tests.push(guard);
    else if (!guard) return false;
  }
  if (tests.length === 0) return true;
  if (tests.length === 1) return tests[0]!;
  return (args: Args) => tests.every((test) => test(args));
}

/**
 * Compiles xstate's action objects to closures.
 *
 * `assign()`, `emit()` and `raise()` return functions that xstate marks with a `type`; their argument is a property of the
 * function. Any other kind of action has effects that a table can't hold.
 */
import type { Args, Context, EventLike } from './args.js';
import { emissions, raisedEvents } from './frames.js';
import type { Action, Effect } from './model.js';

/** Returns the params of an action or a guard; undefined when it has none. */
export type Params = ((args: Args) => unknown) | undefined;

type Refuse = (feature: string) => never;
type Expression = (args: Args, params?: unknown) => unknown;

interface Builtin {
  readonly type: string;
  readonly assignment?: unknown;
  readonly event?: unknown;
  readonly delay?: unknown;
}

/** The params of an `{ type, params }` reference, constant or computed. */
export function paramsOf(reference: object): Params {
  if (!('params' in reference) || reference.params === undefined) return undefined;
  const { params } = reference;
  return typeof params === 'function' ? (params as (args: Args) => unknown) : () => params;
}

/** `expression` with its params applied. */
export function withParams(expression: Expression, params: Params): (args: Args) => unknown {
  return params === undefined ? (expression as (args: Args) => unknown) : (args) => expression(args, params(args));
}

export function compileAction(
  reference: unknown,
  implementations: Readonly<Record<string, unknown>>,
  refuse: Refuse,
): Action {
  if (typeof reference === 'function') return compileBuiltin(reference, reference.name, undefined, refuse);
  if (typeof reference === 'string') {
    return compileBuiltin(implementations[reference], reference, undefined, refuse);
  }
  const named = reference as { readonly type: string };
  return compileBuiltin(implementations[named.type], named.type, paramsOf(named), refuse);
}

function compileBuiltin(implementation: unknown, name: string, params: Params, refuse: Refuse): Action {
  if (implementation === undefined) return refuse(`action '${name}', which setup() doesn't define,`);
  if (!isBuiltin(implementation)) return refuse(`action '${name}' with side effects (a custom function)`);
  const { type, assignment, event, delay } = implementation;
  switch (type) {
    case 'xstate.assign':
      return { name, kind: 'assign', run: compileAssign(assignment, params) };
    case 'xstate.emit':
      return compileEmit(name, event, params);
    case 'xstate.raise':
      if (delay !== undefined) return refuse(`action '${name}', a delayed raise,`);
      if (typeof event === 'string') return refuse(`action '${name}', a raise of a string,`);
      return { name, kind: 'raise', run: compileRaise(event, params) };
    default:
      return refuse(`action '${name}' (${type.replace('xstate.', '')})`);
  }
}

function isBuiltin(implementation: unknown): implementation is Builtin {
  return typeof implementation === 'function' && 'resolve' in implementation;
}

function compileEmit(name: string, event: unknown, params: Params): Action {
  if (typeof event !== 'function') {
    const run = () => emissions.push(event);
    return { name, kind: 'emit', run, emission: { make: undefined, value: event } };
  }
  const make = withParams(event as Expression, params);
  const run: Effect = (args) => emissions.push(make(args));
  return { name, kind: 'emit', run, emission: { make, value: undefined } };
}

function compileRaise(event: unknown, params: Params): Effect {
  if (typeof event !== 'function') return () => raisedEvents.push(event as EventLike);
  const expression = withParams(event as Expression, params);
  return (args) => raisedEvents.push(expression(args) as EventLike);
}

/** Assigns in place: a context never leaves its actor. */
function compileAssign(assignment: unknown, params: Params): Effect {
  if (typeof assignment === 'function') {
    const expression = withParams(assignment as Expression, params);
    return (args) => {
      Object.assign(args.context, expression(args));
    };
  }
  return compileProperties(assignment as Readonly<Record<string, unknown>>, params);
}

function compileProperties(assignment: Readonly<Record<string, unknown>>, params: Params): Effect {
  const keys = Object.keys(assignment);
  const expressions = keys.map((key) => {
    const value = assignment[key];
    return typeof value === 'function' ? withParams(value as Expression, params) : () => value;
  });
  if (keys.length === 1) {
    const [key] = keys as [string];
    const [expression] = expressions as [(args: Args) => unknown];
    return (args) => {
      (args.context as Context)[key] = expression(args);
    };
  }
  return (args) => {
    // All expressions see the context as it was before the first assignment.
    const values = expressions.map((expression) => expression(args));
    for (let i = 0; i < keys.length; i++) (args.context as Context)[keys[i]!] = values[i];
  };
}

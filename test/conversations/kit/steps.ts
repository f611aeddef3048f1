/** Performs the steps of the program's side. */
import type { EventEmitter } from 'node:events';
import { INVALID } from './log.js';
import type { Recorder } from './recorder.js';

/** A step of either vocabulary. */
export type AnyStep = readonly [string, ...unknown[]];

/** What a listener has in scope, by name. */
export type AnyScope = object;

/** Where steps are performed: the recorder, and the verbs of this side beyond the common ones. */
export interface Side {
  readonly recorder: Recorder;
  readonly verbs: Readonly<Record<string, (args: readonly unknown[], scope: AnyScope) => void>>;
}

/** In a step's arguments, an object that exists only when the step runs. */
class Reference {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** In a step's arguments, a function that logs `callback.<label>` and its arguments. */
class Callback {
  readonly label: string;
  constructor(label: string) {
    this.label = label;
  }
}

/** The object of that name, as an argument: `['req.pipe', the('res')]`. */
export const the = (name: string): unknown => new Reference(name);

/** A logged callback, as an argument: `['res.end', 'x', cb('end')]`. */
export const cb = (label: string): unknown => new Callback(label);

const ACT = /^(\w+)\.(\w+)( =| \?)?$/;

/** Performs the steps in order; after a 'wait' the rest runs in the event. Only a 'throw' step throws. */
export function perform(steps: readonly AnyStep[], scope: AnyScope, side: Side): void {
  for (const [index, step] of steps.entries()) {
    if (step[0] === 'wait') {
      waitFor(step as Wait, scope, side.recorder, () => perform(steps.slice(index + 1), scope, side));
      return;
    }
    performOne(step, scope, side);
  }
}

type Wait = readonly ['wait', string, number?];

function waitFor([, what, count = 1]: Wait, scope: AnyScope, recorder: Recorder, resume: () => void): void {
  if (what === 'tick') process.nextTick(resume);
  else if (what === 'turn') setImmediate(resume);
  else recorder.when(fullName(what, scope, recorder), count, resume);
}

function performOne(step: AnyStep, scope: AnyScope, side: Side): void {
  const [verb, argument] = step;
  const { recorder, verbs } = side;
  if (verb === 'throw') throw new Error(argument as string);
  const own = verbs[verb];
  if (own !== undefined) own(step.slice(1), scope);
  else if (verb === 'in' || verb === 'first in') plan(step as Plan, scope, side);
  else if (verb === 'look') recorder.look(find(argument as string, scope, recorder));
  else if (verb === 'listen') {
    const [object, event] = (argument as string).split('.') as [string, string];
    recorder.listen(find(object, scope, recorder) as EventEmitter, event);
  } else if (verb === 'run') {
    const runScope = { ...scope, note: (line: string) => recorder.note(line) };
    (argument as (runScope: object) => unknown)(runScope);
  } else act(verb, step.slice(1), scope, recorder);
}

type Plan = readonly ['in' | 'first in', string, readonly AnyStep[]];

function plan([verb, what, steps]: Plan, scope: AnyScope, side: Side): void {
  const [object, event] = what.split('.') as [string, string];
  const emitter = find(object, scope, side.recorder) as EventEmitter;
  emitter[verb === 'in' ? 'once' : 'prependOnceListener'](event, () => perform(steps, scope, side));
}

function act(verb: string, args: readonly unknown[], scope: AnyScope, recorder: Recorder): void {
  const match = ACT.exec(verb);
  if (match === null) throw new Error(`${INVALID} not a step: ${verb}`);
  const [, subject, member, kind] = match as unknown as [string, string, string, string | undefined];
  const object = find(subject, scope, recorder) as Record<string, unknown>;
  const name = `${recorder.nameOf(object)}.${member}`;
  const given = args.map((arg) => resolve(arg, scope, recorder));
  try {
    if (kind === ' ?') recorder.note(`${name} is ${recorder.show(object[member])}`);
    else if (kind === ' =') object[member] = given[0];
    else {
      const result = (object[member] as (...args: unknown[]) => unknown)(...given);
      recorder.note(`> ${name} ${result === undefined ? '' : `-> ${recorder.show(result)}`}`.trimEnd());
    }
  } catch (error) {
    recorder.note(`> ${name} throws ${recorder.show(error)}`);
  }
}

/** An argument as the call gets it, with references and callbacks resolved. */
export function resolve(arg: unknown, scope: AnyScope, recorder: Recorder): unknown {
  if (arg instanceof Reference) return find(arg.name, scope, recorder);
  if (!(arg instanceof Callback)) return arg;
  return (...given: unknown[]) => recorder.logEvent(`callback.${arg.label}`, given);
}

function find(name: string, scope: AnyScope, recorder: Recorder): unknown {
  const object = Reflect.get(scope, name) ?? recorder.object(name);
  if (object === undefined) throw new Error(`${INVALID} unknown object ${name}`);
  return object;
}

/** Inside a listener, 'req.end' is the event of its own request, such as 'req1.end'. */
function fullName(what: string, scope: AnyScope, recorder: Recorder): string {
  const [object, event] = what.split('.') as [string, string];
  return object in scope ? `${recorder.nameOf(find(object, scope, recorder))}.${event}` : what;
}

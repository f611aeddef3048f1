/** Carries out the steps of the program's side. */
import type { EventEmitter } from 'node:events';
import { ILL_WRITTEN } from './log.js';
import type { Recorder } from './recorder.js';

/** A step of either side's vocabulary. */
export type AnyStep = readonly [string, ...unknown[]];

/** What a listener has in its hands, by name. */
export type AnyScene = object;

/** Where steps are carried out: the witness, and what its side can do beside the common verbs. */
export interface Stage {
  readonly recorder: Recorder;
  readonly verbs: Readonly<Record<string, (args: readonly unknown[], scene: AnyScene) => void>>;
}

/** Stands in a step's arguments for an object that exists only when the step runs. */
class Reference {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Stands in a step's arguments for a function that logs `callback <label>` and what it was given. */
class Callback {
  readonly label: string;
  constructor(label: string) {
    this.label = label;
  }
}

/** The object of that name, as an argument: `['req.pipe', the('res')]`. */
export const the = (name: string): unknown => new Reference(name);

/** A callback that the log sees, as an argument: `['res.end', 'x', cb('end')]`. */
export const cb = (label: string): unknown => new Callback(label);

const ACT = /^(\w+)\.(\w+)( =| \?)?$/;

/** Runs the steps in order; a 'wait' leaves the rest to the event. Only a 'throw' step throws. */
export function perform(steps: readonly AnyStep[], scene: AnyScene, stage: Stage): void {
  for (const [index, step] of steps.entries()) {
    if (step[0] === 'wait') {
      waitFor(step as Wait, scene, stage.recorder, () => perform(steps.slice(index + 1), scene, stage));
      return;
    }
    performOne(step, scene, stage);
  }
}

type Wait = readonly ['wait', string, number?];

function waitFor([, what, count = 1]: Wait, scene: AnyScene, recorder: Recorder, resume: () => void): void {
  if (what === 'tick') process.nextTick(resume);
  else if (what === 'turn') setImmediate(resume);
  else recorder.when(fullName(what, scene, recorder), count, resume);
}

function performOne(step: AnyStep, scene: AnyScene, stage: Stage): void {
  const [verb, argument] = step;
  const { recorder, verbs } = stage;
  if (verb === 'throw') throw new Error(argument as string);
  const own = verbs[verb];
  if (own !== undefined) own(step.slice(1), scene);
  else if (verb === 'in' || verb === 'first in') plan(step as Plan, scene, stage);
  else if (verb === 'look') recorder.look(find(argument as string, scene, recorder));
  else if (verb === 'listen') {
    const [object, event] = (argument as string).split('.') as [string, string];
    recorder.listen(find(object, scene, recorder) as EventEmitter, event);
  } else if (verb === 'run') {
    const hands = { ...scene, note: (line: string) => recorder.note(line) };
    (argument as (hands: object) => unknown)(hands);
  } else act(verb, step.slice(1), scene, recorder);
}

type Plan = readonly ['in' | 'first in', string, readonly AnyStep[]];

function plan([verb, what, steps]: Plan, scene: AnyScene, stage: Stage): void {
  const [object, event] = what.split('.') as [string, string];
  const emitter = find(object, scene, stage.recorder) as EventEmitter;
  emitter[verb === 'in' ? 'once' : 'prependOnceListener'](event, () => perform(steps, scene, stage));
}

function act(verb: string, args: readonly unknown[], scene: AnyScene, recorder: Recorder): void {
  const match = ACT.exec(verb);
  if (match === null) throw new Error(`${ILL_WRITTEN} not a step: ${verb}`);
  const [, subject, member, kind] = match as unknown as [string, string, string, string | undefined];
  const object = find(subject, scene, recorder) as Record<string, unknown>;
  const name = `${recorder.nameOf(object)}.${member}`;
  const given = args.map((arg) => resolve(arg, scene, recorder));
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

/** An argument as the call gets it: references and callbacks become what they stand for. */
export function resolve(arg: unknown, scene: AnyScene, recorder: Recorder): unknown {
  if (arg instanceof Reference) return find(arg.name, scene, recorder);
  if (!(arg instanceof Callback)) return arg;
  return (...given: unknown[]) => recorder.hear(`callback.${arg.label}`, given);
}

function find(name: string, scene: AnyScene, recorder: Recorder): unknown {
  const object = Reflect.get(scene, name) ?? recorder.object(name);
  if (object === undefined) throw new Error(`${ILL_WRITTEN} nobody here is called ${name}`);
  return object;
}

/** 'req.end' inside a listener is that listener's 'req1.end'. */
function fullName(what: string, scene: AnyScene, recorder: Recorder): string {
  const [object, event] = what.split('.') as [string, string];
  return object in scene ? `${recorder.nameOf(find(object, scene, recorder))}.${event}` : what;
}

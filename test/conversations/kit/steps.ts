/** Carries out the steps of the server's side. */
import type { EventEmitter } from 'node:events';
import type { Hands, Scene, Step, Steps } from './conversation.js';
import { ILL_WRITTEN } from './log.js';
import type { Recorder } from './recorder.js';

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
export function perform(steps: Steps, scene: Scene, recorder: Recorder): void {
  for (const [index, step] of steps.entries()) {
    if (step[0] === 'wait') {
      waitFor(step as Wait, scene, recorder, () => perform(steps.slice(index + 1), scene, recorder));
      return;
    }
    performOne(step, scene, recorder);
  }
}

type Wait = readonly ['wait', string, number?];

function waitFor([, what, count = 1]: Wait, scene: Scene, recorder: Recorder, resume: () => void): void {
  if (what === 'tick') process.nextTick(resume);
  else if (what === 'turn') setImmediate(resume);
  else recorder.when(fullName(what, scene, recorder), count, resume);
}

function performOne(step: Step, scene: Scene, recorder: Recorder): void {
  const [verb, argument] = step;
  if (verb === 'throw') throw new Error(argument as string);
  if (verb === 'look') recorder.look(find(argument as string, scene, recorder));
  else if (verb === 'listen') {
    const [object, event] = (argument as string).split('.') as [string, string];
    recorder.listen(find(object, scene, recorder) as EventEmitter, event);
  } else if (verb === 'run') {
    const hands = { ...scene, note: (line: string) => recorder.note(line) } as Hands;
    (argument as (hands: Hands) => unknown)(hands);
  } else act(verb, step.slice(1), scene, recorder);
}

function act(verb: string, args: readonly unknown[], scene: Scene, recorder: Recorder): void {
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

function resolve(arg: unknown, scene: Scene, recorder: Recorder): unknown {
  if (arg instanceof Reference) return find(arg.name, scene, recorder);
  if (!(arg instanceof Callback)) return arg;
  return (...given: unknown[]) => recorder.hear(`callback.${arg.label}`, given);
}

function find(name: string, scene: Scene, recorder: Recorder): unknown {
  const object = scene[name as keyof Scene] ?? recorder.object(name);
  if (object === undefined) throw new Error(`${ILL_WRITTEN} nobody here is called ${name}`);
  return object;
}

/** 'req.end' inside a listener is that listener's 'req1.end'. */
function fullName(what: string, scene: Scene, recorder: Recorder): string {
  const [object, event] = what.split('.') as [string, string];
  return object in scene ? `${recorder.nameOf(find(object, scene, recorder))}.${event}` : what;
}

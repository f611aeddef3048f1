/** The grammar's atoms: a line of a random program, as text and as what it does. Lines nest, as callbacks do. */
import type { EventEmitter } from 'node:events';
import fc from 'fast-check';
import type { World } from './world.js';

/** Whom a program's lines speak of: an exchange of a server, a request of a client, a raw peer. */
export interface Actor {
  readonly world: World;
}

export interface Act<On extends Actor> {
  readonly text: string;
  run(on: On): void;
}

export type Program<On extends Actor> = readonly Act<On>[];

export function act<On extends Actor>(text: string, run: (on: On) => void): Act<On> {
  return { text, run };
}

/**
 * Runs a program. What it throws, or what it calls throws, ends it, as in any program; the world notes it, since it has to
 * come out again as an uncaught exception.
 */
export function perform<On extends Actor>(program: Program<On>, on: On): void {
  on.world.spend();
  try {
    for (const { run } of program) run(on);
  } catch (error) {
    on.world.thrown.add(error);
    throw error;
  }
}

export const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');

/** The text of a function. */
export function functionOf(program: Program<never>, parameters = '()'): string {
  if (program.length === 0) return `${parameters} => {}`;
  return `${parameters} => {\n${indent(program.map(({ text }) => text).join('\n'))}\n}`;
}

/** Where in time something happens: in a microtask, behind this turn, in a later turn, or after milliseconds. */
export type Pause = 'microtask' | 'tick' | 'immediate' | number;

const starters = { microtask: 'queueMicrotask(', tick: 'process.nextTick(', immediate: 'setImmediate(' } as const;

export const pauses: fc.Arbitrary<Pause> = fc.constantFrom<Pause>('microtask', 'tick', 'immediate', 1, 50, 700, 2500);

/** What comes later. */
export function later<On extends Actor>(pause: Pause, program: Program<On>): Act<On> {
  const start = typeof pause === 'number' ? `after(${pause}, ` : starters[pause];
  return act(`${start}${functionOf(program)});`, (on) => on.world.later(pause, () => perform(program, on)));
}

/** Something to write: few bytes, or more than a socket takes. */
export interface Content {
  readonly text: string;
  readonly bytes: Buffer;
  readonly chunk: string | Buffer;
}

export const contents: fc.Arbitrary<Content> = fc
  .record({
    letter: fc.constantFrom('a', 'b', 'c', 'é'),
    length: fc.constantFrom(1, 1, 5, 5, 300, 5000, 30_000),
    isBinary: fc.boolean(),
  })
  .map(({ letter, length, isBinary }) => {
    const string = letter.repeat(length);
    const text = `'${letter}'.repeat(${length})`;
    const bytes = Buffer.from(string);
    return isBinary ? { text: `Buffer.from(${text})`, bytes, chunk: bytes } : { text, bytes, chunk: string };
  });

/** What a program does in a callback; undefined for a call without one. */
export type Then<On extends Actor> = Program<On> | undefined;

/** The argument that is the callback, behind others. */
export const argument = (name: string, then: Then<never>): string =>
  then === undefined ? '' : `, called('${name}', ${functionOf(then)})`;

/** Programs of a few acts, whose nested ones become fewer. */
export function programs<On extends Actor>(
  grammar: (inner: fc.Arbitrary<Program<On>>) => fc.Arbitrary<Act<On>>,
  depth: number,
  maxLength = 5,
): fc.Arbitrary<Program<On>> {
  if (depth === 0) return fc.constant([]);
  const inner = programs(grammar, depth - 1, 3);
  return fc.array(grammar(inner), { maxLength, size: 'max' });
}

export const thens = <On extends Actor>(inner: fc.Arbitrary<Program<On>>): fc.Arbitrary<Then<On>> =>
  fc.option(inner, { nil: undefined });

/** Listens once. `Readable.destroy()` takes what is thrown while it emits 'aborted' for the error of the stream. */
export function listening<On extends Actor>(
  on: On,
  target: EventEmitter | undefined,
  event: string,
  program: Program<On>,
): void {
  target?.once(event, () => {
    try {
      perform(program, on);
    } catch (error) {
      on.world.shaken.add(target);
      if (event === 'aborted') on.world.swallowed.add(error);
      if (event === 'end' || event === 'error') on.world.excused.add(target);
      throw error;
    }
  });
}

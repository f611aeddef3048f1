/** The atoms of the grammar: a line of a random program, as text and as a function. Lines nest, like callbacks. */
import type { EventEmitter } from 'node:events';
import fc from 'fast-check';
import type { World } from './world.js';

/** What a program's lines act on: an exchange of a server, a request of a client, a raw peer. */
export interface Subject {
  readonly world: World;
}

export interface Act<On extends Subject> {
  readonly text: string;
  run(subject: On): void;
}

export type Program<On extends Subject> = readonly Act<On>[];

export function act<On extends Subject>(text: string, run: (subject: On) => void): Act<On> {
  return { text, run };
}

/**
 * Runs a program. An exception in it or in what it calls ends it; the world records the exception, which must surface as an
 * uncaught one.
 */
export function perform<On extends Subject>(program: Program<On>, subject: On): void {
  subject.world.spend();
  try {
    for (const { run } of program) run(subject);
  } catch (error) {
    subject.world.thrown.add(error);
    throw error;
  }
}

export const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');

/** The text of a function. */
export function functionOf(program: Program<never>, parameters = '()'): string {
  if (program.length === 0) return `${parameters} => {}`;
  return `${parameters} => {\n${indent(program.map(({ text }) => text).join('\n'))}\n}`;
}

/** When something happens: in a microtask, in the next tick, in a later turn, or after milliseconds. */
export type Pause = 'microtask' | 'tick' | 'immediate' | number;

const starters = { microtask: 'queueMicrotask(', tick: 'process.nextTick(', immediate: 'setImmediate(' } as const;

export const pauses: fc.Arbitrary<Pause> = fc.constantFrom<Pause>('microtask', 'tick', 'immediate', 1, 50, 700, 2500);

/** A program that runs later. */
export function later<On extends Subject>(pause: Pause, program: Program<On>): Act<On> {
  const start = typeof pause === 'number' ? `after(${pause}, ` : starters[pause];
  return act(`${start}${functionOf(program)});`, (subject) =>
    subject.world.later(pause, () => perform(program, subject)),
  );
}

/** Something to write: a few bytes, or more than a socket accepts. */
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

/** The program of a callback; undefined for a call without callback. */
export type Then<On extends Subject> = Program<On> | undefined;

/** The text of a callback argument after others. */
export const argument = (name: string, then: Then<never>): string =>
  then === undefined ? '' : `, called('${name}', ${functionOf(then)})`;

/** Programs of a few acts; nested programs are shorter. */
export function programs<On extends Subject>(
  grammar: (inner: fc.Arbitrary<Program<On>>) => fc.Arbitrary<Act<On>>,
  depth: number,
  maxLength = 5,
): fc.Arbitrary<Program<On>> {
  if (depth === 0) return fc.constant([]);
  const inner = programs(grammar, depth - 1, 3);
  return fc.array(grammar(inner), { maxLength, size: 'max' });
}

export const thens = <On extends Subject>(inner: fc.Arbitrary<Program<On>>): fc.Arbitrary<Then<On>> =>
  fc.option(inner, { nil: undefined });

/** Listens once. `Readable.destroy()` takes an exception in an 'aborted' listener as the error of the stream. */
export function listening<On extends Subject>(
  subject: On,
  target: EventEmitter | undefined,
  event: string,
  program: Program<On>,
): void {
  if (target === undefined) return;
  const listener = (): void => {
    try {
      perform(program, subject);
    } catch (error) {
      subject.world.disturbed.add(target);
      if (event === 'aborted') subject.world.swallowed.add(error);
      if (['data', 'end', 'error'].includes(event)) subject.world.neverClosing.add(target);
      // `pipe()` ends a response inside 'end' of its request.
      const { incoming } = subject as { readonly incoming?: EventEmitter | undefined };
      if (event === 'prefinish' && incoming !== undefined) subject.world.neverClosing.add(incoming);
      throw error;
    }
  };
  subject.world.listeners.add(listener);
  target.once(event, listener);
}

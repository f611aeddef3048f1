/** The grammar of sending a message, for both roles. */
import { finished } from 'node:stream';
import fc from 'fast-check';
import type { OutgoingMessage } from '../../src/api/message/OutgoingMessage.js';
import {
  type Act,
  act,
  argument,
  type Content,
  contents,
  type Program,
  perform,
  type Subject,
  type Then,
  thens,
} from './act.js';

/** A message being sent, and what was written. */
export interface Sender extends Subject {
  readonly out: OutgoingMessage;
  /** What was written and accepted. */
  readonly written: Buffer[];
}

/** Records what is written, unless the call throws or comes too late. */
function writing({ out, written, world }: Sender, content: Content | undefined, call: () => void): void {
  const takes = content !== undefined && !out.writableEnded && !out.destroyed;
  if (takes) written.push(content.bytes);
  try {
    call();
  } catch (error) {
    // An exception in a listener of the program also surfaces here.
    if (takes && !world.thrown.has(error)) written.splice(written.lastIndexOf(content.bytes), 1);
    throw error;
  }
}

/** Runs the program of a callback; what it throws surfaces in the events of the messages `about`. */
function run<On extends Subject>(program: Program<On>, on: On, about: readonly unknown[]): void {
  try {
    perform(program, on);
  } catch (error) {
    for (const message of about) on.world.disturbed.add(message);
    throw error;
  }
}

/** Makes a call, with a callback if there is one. */
export function calling<On extends Subject>(
  on: On,
  name: string,
  then: Then<On>,
  call: (callback?: () => void) => void,
  about: readonly unknown[] = [],
  isVoid = false,
  of?: OutgoingMessage,
): void {
  if (then === undefined) call();
  else on.world.expectCallback(name, () => run(then, on, about), call, about, isVoid, of);
}

/** Sends a part of the message, with a callback if there is one. */
const callingOut = <On extends Sender>(
  on: On,
  name: string,
  then: Then<On>,
  call: (callback?: () => void) => void,
): void => calling(on, name, then, call, [], false, on.out);

const write = <On extends Sender>(name: string, content: Content, then: Then<On>): Act<On> =>
  act(`${name}.write(${content.text}${argument('write', then)});`, (on) =>
    writing(on, content, () =>
      callingOut(on, `${name}.write`, then, (callback) => {
        const { out, world } = on;
        const goesOn = out.write(content.chunk, callback as never);
        const isOpen = !out.writableEnded && !out.destroyed && out.socket?.writable !== false;
        if (!goesOn && isOpen && !out.writableNeedDrain)
          world.alarms.push(`${name}.write() has returned false, and no 'drain' will follow`);
      }),
    ),
  );

export function end<On extends Sender>(name: string, content?: Content, then?: Then<On>): Act<On> {
  const text = content?.text ?? (then === undefined ? '' : 'null');
  return act(`${name}.end(${text}${argument('end', then)});`, (on) =>
    writing(on, content, () =>
      callingOut(on, `${name}.end`, then, (callback) => on.out.end(content?.chunk ?? null, callback as never)),
    ),
  );
}

const finish = <On extends Sender>(name: string, then: Program<On>): Act<On> =>
  act(`finished(${name}${argument('finished', then)});`, (on) =>
    calling(on, `finished(${name})`, then, (callback) => void finished(on.out as never, callback as () => void), [
      on.out,
    ]),
  );

/** The calls on any outgoing message; `inner` generates nested programs. */
export function sending<On extends Sender>(
  name: 'req' | 'res',
  inner: fc.Arbitrary<Program<On>>,
): fc.Arbitrary<Act<On>> {
  return fc.oneof(
    { weight: 1, arbitrary: inner.map((then) => finish(name, then)) },
    { weight: 6, arbitrary: fc.tuple(contents, thens(inner)).map((pair) => write(name, ...pair)) },
    {
      weight: 8,
      arbitrary: fc.tuple(fc.option(contents, { nil: undefined }), thens(inner)).map((pair) => end(name, ...pair)),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Act<On>>(
        act(`${name}.strictContentLength = true;`, ({ out }) => {
          out.strictContentLength = true;
        }),
        act(`${name}.flushHeaders();`, ({ out }) => out.flushHeaders()),
        act(`${name}.cork();`, ({ out }) => out.cork()),
        act(`${name}.uncork();`, ({ out }) => out.uncork()),
      ),
    },
  );
}

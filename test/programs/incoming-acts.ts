/** The grammar of reading a message, for both roles. */
import fc from 'fast-check';
import type { IncomingMessage } from '../../src/api/message/IncomingMessage.js';
import { type Act, act, type Subject } from './act.js';

/** A message being read, and what was read. */
export interface Reading extends Subject {
  incoming: IncomingMessage | undefined;
  /** The program has made the message flow. */
  isReading: boolean;
  /** Everything read by a listener that has been there from the beginning. */
  got: Buffer[] | undefined;
  /** The message was dumped before it was read: nothing more of it is pushed. */
  isDumped: boolean;
}

/** Called by whatever makes a message flow: a later listener may miss the beginning. */
export function begin(on: Reading): boolean {
  const isFirst = !on.isReading;
  on.isReading = true;
  if (isFirst) on.isDumped = on.incoming?._dumped === true;
  if (on.incoming !== undefined) on.world.begun.add(on.incoming);
  return isFirst;
}

/** @param name the variable of the message; `res?` if it may not exist yet */
export function reading<On extends Reading>(name: 'req' | 'res?'): { read: Act<On>; others: fc.Arbitrary<Act<On>> } {
  const flow = (call: string, run: (message: IncomingMessage) => unknown): Act<On> =>
    act(`${name}.${call}();`, (on) => {
      if (on.incoming === undefined) return;
      begin(on);
      run(on.incoming);
    });
  return {
    read: act(`${name}.on('data', (chunk) => log('read', chunk.length));`, (on) => {
      if (on.incoming === undefined) return;
      const isFirst = begin(on);
      if (isFirst) on.got = [];
      on.incoming.on('data', (chunk: Buffer) => void (isFirst && on.got?.push(chunk)));
    }),
    others: fc.constantFrom(
      flow('resume', (message) => message.resume()),
      flow('resume', (message) => message.resume()),
      flow('read', (message) => message.read()),
      act(`${name}.pause();`, ({ incoming, world }) => {
        if (incoming === undefined) return;
        world.begun.add(incoming);
        incoming.pause();
      }),
    ),
  };
}

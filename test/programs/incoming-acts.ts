/** The grammar of what is done with a message that comes in, whoever reads it. */
import fc from 'fast-check';
import type { IncomingMessage } from '../../src/api/message/IncomingMessage.js';
import { type Act, type Actor, act } from './act.js';

/** Who reads a message, and what that was given to it. */
export interface Reading extends Actor {
  incoming: IncomingMessage | undefined;
  /** The program has done something that makes the message flow. */
  isReading: boolean;
  /** All that was read, by who read from the beginning. */
  got: Buffer[] | undefined;
  /** The message was dumped before anybody read it: nothing more of it is pushed. */
  isLate: boolean;
}

/** Whatever makes a message flow: who comes to read later may miss the beginning. */
export function begin(on: Reading): boolean {
  const isFirst = !on.isReading;
  on.isReading = true;
  if (isFirst) on.isLate = on.incoming?._dumped === true;
  if (on.incoming !== undefined) on.world.begun.add(on.incoming);
  return isFirst;
}

/** @param name what the message is called; `res?` where it may not be there yet */
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

/**
 * One incoming message, either role: a request at a server, a response at a client.
 *
 * Rule 1: when a message is whole, when it is aborted, and when the socket must wait for its reader is decided here.
 *         'data', 'end', 'error' and 'close' are then told by the `stream.Readable` beneath, whose documented contract
 *         they are.
 * Rule 2: this file doesn't know which role it plays; the role is the name that it tells under.
 */
import { and, emit, setup, stateIn } from 'xstate';
import type { IncomingEmission, IncomingEvent, Role } from '../events/message.js';

type Of<Type extends IncomingEvent['type']> = Extract<IncomingEvent, { type: Type }>;

function incoming(role: Role) {
  return setup({
    types: {
      context: {} as Record<string, never>,
      events: {} as IncomingEvent,
      emitted: {} as IncomingEmission,
    },
    guards: {
      isConsumed: ({ event }) => (event as Of<'user.destroy'>).consumed,
      isComplete: stateIn('#complete'),
      isOpen: stateIn('#open'),
    },
    actions: {
      tellAborted: emit({ type: `${role}.aborted` }),
      orderPush: emit(({ event }) => ({ type: 'io.push', chunk: (event as Of<'wire.body'>).chunk })),
      orderPushEnd: emit({ type: 'io.pushEnd' }),
      orderPause: emit({ type: 'io.pause' }),
      orderResume: emit({ type: 'io.resume' }),
      orderAbort: emit({ type: 'io.abort' }),
      orderClosed: emit({ type: 'io.closed', whole: true }),
      orderAborted: emit({ type: 'io.closed', whole: false }),
    },
  }).createMachine({
    id: 'incoming',
    description: 'One incoming message, from its head to the end of its reader.',
    type: 'parallel',
    context: {},
    states: {
      body: {
        description: 'What the peer has sent of the message.',
        initial: 'reading',
        states: {
          reading: {
            description: 'The head is here; the message is not whole.',
            on: {
              'wire.body': { guard: 'isOpen', actions: 'orderPush' },
              'wire.complete': { target: 'complete', actions: 'orderPushEnd' },
            },
          },
          complete: { id: 'complete', description: 'The message is whole.' },
        },
      },
      reader: {
        description: 'The stream that the programmer reads.',
        initial: 'open',
        states: {
          open: {
            id: 'open',
            description: 'It may be read.',
            on: {
              'user.destroy': [
                { guard: and(['isComplete', 'isConsumed']), target: 'closed', actions: 'orderClosed' },
                { target: 'aborted', actions: ['tellAborted', 'orderAborted'] },
              ],
              'net.closed': { actions: 'orderAbort' },
            },
          },
          closed: { description: 'It was read to its end.' },
          aborted: { description: 'It ended before it was read, or sent, to its end.' },
        },
      },
      gate: {
        description: 'Whether the socket is read (back-pressure of the reader).',
        initial: 'open',
        states: {
          open: {
            description: 'The socket is read.',
            on: { 'stream.full': { target: 'shut', actions: 'orderPause' } },
          },
          shut: {
            description: 'The reader holds enough: the peer waits.',
            on: {
              'user.read': { target: 'open', actions: 'orderResume' },
              'wire.complete': { target: 'open', actions: 'orderResume' },
              'user.destroy': { target: 'open', actions: 'orderResume' },
            },
          },
        },
      },
    },
  });
}

/** A request at a server. */
export const requestReaderMachine = incoming('req');

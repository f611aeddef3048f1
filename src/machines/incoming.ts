/**
 * One incoming message, either role: a request at a server, a response at a client.
 *
 * Rule 1: when a message is whole, when it is aborted, and when the socket must wait for its reader is decided here.
 *         'data', 'end', 'error' and 'close' are then told by the `stream.Readable` beneath, whose documented contract
 *         they are.
 * Rule 2: this file doesn't know which role it plays; the role is the name that it tells under.
 */
import { and, emit, not, setup, stateIn } from 'xstate';
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
      isHeard: ({ event }) => (event as Of<'answer.finished'>).heard,
      isComplete: stateIn('#complete'),
      isBare: stateIn('#bare'),
      isOpen: stateIn('#open'),
    },
    actions: {
      tellAborted: emit({ type: `${role}.aborted` }),
      orderPush: emit(({ event }) => ({ type: 'io.push', chunk: (event as Of<'wire.body'>).chunk })),
      orderComplete: emit({ type: 'io.complete' }),
      orderDump: emit({ type: 'io.dump' }),
      orderSettle: emit({ type: 'io.settle' }),
      orderPushEnd: emit({ type: 'io.pushEnd' }),
      orderPause: emit({ type: 'io.pause' }),
      orderResume: emit({ type: 'io.resume' }),
      orderAbort: emit({ type: 'io.abort' }),
      orderCancel: emit({ type: 'io.cancel' }),
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
        initial: 'awaiting',
        states: {
          awaiting: {
            description: 'The head is here, and nothing of a body.',
            on: {
              'wire.body': { guard: 'isOpen', target: 'reading', actions: 'orderPush' },
              'wire.complete': [
                { guard: 'isHeard', target: 'complete', actions: ['orderComplete', 'orderPushEnd'] },
                { target: 'bare', actions: 'orderComplete' },
              ],
            },
          },
          reading: {
            description: 'A part of the body is here; the message is not whole.',
            on: {
              'wire.body': { guard: 'isOpen', actions: 'orderPush' },
              'wire.complete': { target: 'complete', actions: ['orderComplete', 'orderPushEnd'] },
            },
          },
          bare: {
            id: 'bare',
            description:
              'The message is whole, has no body, and nobody listened: its end is told to whoever comes to read.',
            on: {
              'user.read': { target: 'complete', actions: 'orderPushEnd' },
              'answer.finished': { guard: 'isHeard', target: 'complete', actions: 'orderPushEnd' },
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
                { target: 'aborted', actions: ['tellAborted', 'orderCancel', 'orderAborted'] },
              ],
              'net.closed': { actions: 'orderAbort' },
              'answer.finished': [
                { guard: and(['isBare', not('isHeard')]), target: 'closed', actions: 'orderSettle' },
                { actions: 'orderDump' },
              ],
            },
          },
          closed: {
            description: 'It was read to its end, or nobody cares.',
            on: { 'net.closed': { actions: 'orderCancel' } },
          },
          aborted: {
            on: { 'answer.finished': { actions: 'orderDump' } },
            description: 'It ended before it was read, or sent, to its end.',
          },
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

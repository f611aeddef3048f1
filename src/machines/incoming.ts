/**
 * What every incoming message has: its setup, and the gate of its socket. A server's request (incoming-request.ts) and a
 * client's response (incoming-response.ts) add what the peer has sent, and the reader.
 *
 * Rule 1: when a message is whole, when it is aborted, whether its socket is destroyed with it, and when the socket must wait
 *         for the reader is decided in these files. 'data', 'end' and 'error' are emitted by the `stream.Readable` beneath,
 *         as its documentation has it; so is 'close', except where Node's documents put the request's 'close' before it.
 * Rule 2: this file does not know the role of the message, which is only a prefix of what it emits.
 */
import { emit, setup, stateIn } from 'xstate';
import type { IncomingEmission, IncomingEvent, Role } from '../events/message.js';

type Of<Type extends IncomingEvent['type']> = Extract<IncomingEvent, { type: Type }>;

export const incoming = (role: Role) =>
  setup({
    types: {
      context: {} as Record<string, never>,
      events: {} as IncomingEvent,
      emitted: {} as IncomingEmission,
    },
    guards: {
      isConsumed: ({ event }) => (event as Of<'user.destroy'>).consumed,
      isOpen: stateIn('#open'),
    },
    actions: {
      emitAborted: emit({ type: `${role}.aborted` }),
      orderPush: emit(({ event }) => ({ type: 'io.push', chunk: (event as Of<'wire.body'>).chunk })),
      orderTrailers: emit(({ event }) => ({ type: 'io.trailers', lines: (event as Of<'wire.trailers'>).lines })),
      orderComplete: emit({ type: 'io.complete' }),
      orderPushEnd: emit({ type: 'io.pushEnd' }),
      orderPause: emit({ type: 'io.pause' }),
      orderResume: emit({ type: 'io.resume' }),
      orderAbort: emit({ type: 'io.abort', because: 'lost' }),
      orderCancel: emit({ type: 'io.cancel' }),
      orderClose: emit({ type: 'io.close' }),
      orderCloseWithSocket: emit({ type: 'io.closeWithSocket' }),
    },
  });

export const gate = {
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
} as const;

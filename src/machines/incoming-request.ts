/** A request at a server. */
import { and, emit, not, stateIn } from 'xstate';
import type { IncomingEvent } from '../events/message.js';
import { gate, incoming } from './incoming.js';

/** One request at a server, from its head to the end of its reader. diagrams/incomingRequest.svg shows it. */
export const incomingRequestMachine = incoming('req')
  .extend({
    guards: {
      hasListener: ({ event }) => (event as Extract<IncomingEvent, { type: 'response.finished' }>).hasListener,
      isBare: stateIn('#bare'),
    },
    actions: {
      orderDump: emit({ type: 'io.dump' }),
      orderSettle: emit({ type: 'io.settle' }),
    },
  })
  .createMachine({
    id: 'incomingRequest',
    description: 'One request at a server, from its head to the end of its reader.',
    type: 'parallel',
    context: {},
    states: {
      body: {
        description: 'What the peer has sent of the message.',
        initial: 'awaiting',
        on: { 'wire.trailers': { actions: 'orderTrailers' } },
        states: {
          awaiting: {
            description: 'The head has come, and nothing of a body.',
            on: {
              'wire.body': { guard: 'isOpen', target: 'reading', actions: 'orderPush' },
              'wire.complete': [
                { guard: 'hasListener', target: 'complete', actions: ['orderComplete', 'orderPushEnd'] },
                { target: 'bare', actions: 'orderComplete' },
              ],
              'wire.empty': { target: 'complete', actions: 'orderComplete' },
            },
          },
          reading: {
            description: 'A part of the body has come; the message is not whole.',
            on: {
              'wire.body': { guard: 'isOpen', actions: 'orderPush' },
              'wire.complete': { target: 'complete', actions: ['orderComplete', 'orderPushEnd'] },
            },
          },
          bare: {
            id: 'bare',
            description: 'The message is whole, and has neither a body nor a listener: its end waits for a reader.',
            on: {
              'user.read': { target: 'complete', actions: 'orderPushEnd' },
              'response.finished': { guard: 'hasListener', target: 'complete', actions: 'orderPushEnd' },
            },
          },
          complete: { description: 'The message is whole.' },
        },
      },
      reader: {
        description: 'The stream that the program reads.',
        initial: 'open',
        states: {
          open: {
            id: 'open',
            description: 'It may be read.',
            on: {
              'user.destroy': [
                { guard: 'isConsumed', target: 'closed', actions: 'orderClose' },
                { target: 'aborted', actions: ['emitAborted', 'orderCancel', 'orderCloseWithSocket'] },
              ],
              'net.closed': { actions: 'orderAbort' },
              'wire.severed': { target: 'severed', actions: 'orderAbort' },
              'wire.empty': { target: 'closed', actions: 'orderSettle' },
              'response.finished': [
                { guard: and(['isBare', not('hasListener')]), target: 'closed', actions: 'orderSettle' },
                { actions: 'orderDump' },
              ],
            },
          },
          severed: {
            description: 'The rest will not come; the socket is still needed for other responses.',
            on: { 'user.destroy': { target: 'aborted', actions: ['emitAborted', 'orderCancel', 'orderClose'] } },
          },
          closed: {
            description: 'It was read to its end, or nobody wants to read it.',
            on: { 'net.closed': { actions: 'orderCancel' } },
          },
          aborted: {
            description: 'It ended before it was read, or sent, to its end.',
            on: { 'response.finished': { actions: 'orderDump' } },
          },
        },
      },
      gate,
    },
  });

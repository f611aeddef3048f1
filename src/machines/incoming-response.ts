/** A response at a client. */
import { emit } from 'xstate';
import type { IncomingEvent } from '../events/message.js';
import { gate, incoming } from './incoming.js';

/** One response at a client, from its head to the end of its reader. diagrams/incomingResponse.svg shows it. */
export const incomingResponseMachine = incoming('res')
  .extend({
    guards: {
      isHostOrder: ({ event }) => (event as Extract<IncomingEvent, { type: 'net.closed' }>).hostOrder,
    },
    actions: {
      emitTimeout: emit({ type: 'res.timeout' }),
      emitClose: emit({ type: 'res.close' }),
      orderAbortForReason: emit({ type: 'io.abort', because: 'destroyed' }),
      orderEmitError: emit({ type: 'io.emitError' }),
      orderReportCut: emit({ type: 'io.reportCut' }),
      orderTick: emit({ type: 'io.tick' }),
    },
  })
  .createMachine({
    id: 'incomingResponse',
    description: 'One response at a client, from its head to the end of its reader.',
    type: 'parallel',
    context: {},
    states: {
      body: {
        description: 'What the peer has sent of the message.',
        initial: 'reading',
        on: { 'wire.trailers': { actions: 'orderTrailers' } },
        states: {
          reading: {
            description: 'The head has come, and perhaps a part of the body.',
            on: {
              'wire.body': { guard: 'isOpen', actions: 'orderPush' },
              'wire.complete': { target: 'complete', actions: ['orderComplete', 'orderPushEnd'] },
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
                { target: 'closed', actions: ['emitAborted', 'orderCancel', 'orderCloseWithSocket'] },
              ],
              'net.timedOut': { actions: 'emitTimeout' },
              'net.closed': [
                { guard: 'isHostOrder', target: 'cut', actions: 'orderAbort' },
                { target: 'losing', actions: 'orderAbortForReason' },
              ],
            },
          },
          losing: {
            description: 'The socket closed first. These fire: ‘aborted’, ‘error’, the request’s ‘close’, ‘close’.',
            on: {
              'user.destroy': { actions: ['emitAborted', 'orderCancel', 'orderEmitError', 'orderTick'] },
              'clock.tick': { target: 'closed', actions: ['orderReportCut', 'emitClose'] },
            },
          },
          cut: {
            description:
              'The socket closed first. In the host’s order these fire: ‘aborted’, the request’s ‘close’, ‘error’, ‘close’.',
            on: {
              'user.destroy': {
                target: 'closed',
                actions: ['emitAborted', 'orderCancel', 'orderReportCut', 'orderClose'],
              },
            },
          },
          closed: { description: 'It was read to its end, or nobody wants the rest.' },
        },
      },
      gate,
    },
  });

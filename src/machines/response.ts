/**
 * A server's answer to one request.
 *
 * Rule 1: when 'socket' and 'close' may fire, and when the socket is given back, is decided here; the rest in outgoing.ts.
 * Rule 2: the region `line` stands before `message`, so that the socket is given back before 'finish' is told: a
 *         listener of 'finish' finds `socket` null, as Node's documents say.
 */
import { and, not, stateIn } from 'xstate';
import type { OutgoingEvent } from '../events/message.js';
import { flow, message, outgoing } from './outgoing.js';

export const responseMachine = outgoing('res')
  .extend({
    guards: {
      isHeard: ({ event }) => (event as Extract<OutgoingEvent, { type: 'net.flushed' }>).heard,
      isFlushing: stateIn('#flushing'),
    },
  })
  .createMachine({
    id: 'response',
    description: 'One answer of a server, from its first header to the last byte that the kernel took.',
    type: 'parallel',
    context: {},
    states: {
      line: {
        description: 'The socket that the message leaves on.',
        initial: 'waiting',
        states: {
          waiting: {
            description: 'Others leave before it; what is written is kept.',
            on: {
              'net.attached': { target: 'attached', actions: 'tellSocket' },
              'user.destroy': 'gone.doomed',
              'user.misused': { actions: 'tellMisuse' },
              'net.closed': { target: 'gone.closed', actions: 'tellClose' },
            },
          },
          attached: {
            id: 'attached',
            description: 'The socket is this message’s.',
            on: {
              'net.flushed': [
                { guard: and(['isFlushing', not('isHeard')]), target: 'closed', actions: 'orderRelease' },
                { guard: 'isFlushing', target: 'released', actions: ['orderRelease', 'orderTick'] },
              ],
              'net.shut': { guard: not('isFlushing'), target: 'waiting' },
              'user.destroy': { target: 'gone.cut', actions: 'orderDestroy' },
              'user.misused': { actions: 'tellMisuse' },
              'net.closed': { target: 'gone.closed', actions: 'tellClose' },
            },
          },
          released: {
            id: 'released',
            description: 'The message is out; its end is told when this turn is over.',
            on: {
              'clock.tick': { target: 'closed', actions: 'tellClose' },
              'user.misused': { actions: 'tellMisuse' },
              'net.closed': { target: 'closed', actions: 'tellClose' },
            },
          },
          closed: { id: 'told', description: '‘close’ was told.' },
          gone: {
            id: 'gone',
            description: 'The message can’t leave any more.',
            initial: 'cut',
            states: {
              doomed: {
                description: 'Destroyed before its turn: the socket goes when the turn comes.',
                on: {
                  'net.attached': { target: 'cut', actions: 'orderDestroy' },
                  'net.closed': { target: 'closed', actions: 'tellClose' },
                },
              },
              cut: {
                id: 'cut',
                description: 'Destroyed; the socket is going.',
                on: {
                  'net.flushed': [
                    { guard: and(['isFlushing', not('isHeard')]), target: '#told', actions: 'orderRelease' },
                    { guard: 'isFlushing', target: '#released', actions: ['orderRelease', 'orderTick'] },
                  ],
                  'net.closed': { target: 'closed', actions: 'tellClose' },
                },
              },
              closed: { description: 'The socket went first; ‘close’ was told.' },
            },
          },
        },
      },
      message: message({
        turn: 'net.attached',
        flushed: [
          { guard: and(['isLeaving', 'isHeard']), target: 'finished', actions: 'tellFinish' },
          { guard: 'isLeaving', target: 'finished', actions: ['tellFinish', 'tellClose'] },
        ],
        recalled: {},
        late: { end: 'tellPrefinish', bareEnd: 'tellPrefinish' },
      }),
      flow,
    },
  });

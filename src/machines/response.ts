/**
 * A server's answer to one request.
 *
 * Rule 1: when 'socket' and 'close' may fire, and when the socket is given back, is decided here; the rest in outgoing.ts.
 * Rule 2: the region `line` stands before `message`, so that the socket is given back before 'finish' is told: a
 *         listener of 'finish' finds `socket` null, as Node's documents say.
 */
import { and, emit, not, or, stateIn } from 'xstate';
import type { OutgoingEvent } from '../events/message.js';
import { flow, message, outgoing } from './outgoing.js';

/** An end behind the socket: an answer that could not leave before doesn’t tell it. */
const late = [
  { guard: 'isStranded', target: 'flushing' },
  { guard: 'isGone', target: 'flushing', actions: 'emitPrefinish' },
] as const;

export const responseMachine = outgoing('res')
  .extend({
    guards: {
      hasListener: ({ event }) => (event as Extract<OutgoingEvent, { type: 'net.flushed' }>).hasListener,
      isFlushing: stateIn('#flushing'),
      isStranded: or([stateIn('#doomed'), stateIn('#stranded')]),
    },
    actions: { orderFailCallbacks: emit({ type: 'io.failCallbacks', all: true }) },
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
              'net.attached': { target: 'attached', actions: 'emitSocket' },
              'user.destroy': { target: 'gone.doomed', actions: 'orderFailCallbacks' },
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'gone.stranded', actions: 'emitClose' },
            },
          },
          attached: {
            id: 'attached',
            description: 'The socket is this message’s.',
            on: {
              'net.flushed': [
                { guard: and(['isFlushing', not('hasListener')]), target: 'closed', actions: 'orderRelease' },
                { guard: 'isFlushing', target: 'released', actions: ['orderRelease', 'orderTick'] },
              ],
              'net.shut': { guard: not('isFlushing'), target: 'shut' },
              'user.destroy': { target: 'gone.cut', actions: 'orderDestroy' },
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'gone.closed', actions: 'emitClose' },
            },
          },
          shut: {
            description: 'The socket takes nothing more, or was taken away; what it has got may still leave.',
            on: {
              'net.attached': { target: 'attached', actions: 'emitSocket' },
              'user.write': 'kept',
              'user.flush': 'kept',
              'user.end': 'kept',
              'user.destroy': { target: 'gone.cut', actions: 'orderDestroy' },
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'gone.closed', actions: 'emitClose' },
            },
          },
          kept: {
            description: 'More was written behind that: it waits for another socket.',
            on: {
              'net.attached': { target: 'attached', actions: 'emitSocket' },
              'user.destroy': { target: 'gone.doomed', actions: ['orderDestroy', 'orderFailCallbacks'] },
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'gone.stranded', actions: 'emitClose' },
            },
          },
          released: {
            description: 'The message is out; its end is told when this turn is over.',
            on: {
              'clock.tick': { target: 'closed', actions: 'emitClose' },
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'closed', actions: 'emitClose' },
            },
          },
          closed: { id: 'closed', description: '‘close’ was told.' },
          gone: {
            id: 'gone',
            description: 'The message can’t leave any more.',
            initial: 'cut',
            on: { 'user.end': { actions: 'orderFailEndCallbacks' } },
            states: {
              doomed: {
                id: 'doomed',
                description: 'Destroyed with what can’t leave; before its turn, the socket goes when the turn comes.',
                on: {
                  'net.attached': { target: 'cut', actions: 'orderDestroy' },
                  'net.closed': { target: 'stranded', actions: 'emitClose' },
                },
              },
              cut: {
                id: 'cut',
                description: 'Destroyed; the socket is going.',
                on: {
                  'net.flushed': [
                    { guard: and(['isFlushing', not('hasListener')]), target: '#closed', actions: 'orderRelease' },
                    { guard: 'isFlushing', target: 'leaving', actions: ['orderRelease', 'orderTick'] },
                  ],
                  'net.closed': { target: 'closed', actions: 'emitClose' },
                },
              },
              leaving: {
                description: 'Destroyed, and out all the same: as released, but that no misuse is told.',
                on: {
                  'clock.tick': { target: '#closed', actions: 'emitClose' },
                  'net.closed': { target: '#closed', actions: 'emitClose' },
                },
              },
              stranded: { id: 'stranded', description: 'The socket went before it could leave; ‘close’ was told.' },
              closed: { description: 'The socket went first; ‘close’ was told.' },
            },
          },
        },
      },
      message: message({
        turn: 'net.attached',
        flushed: [
          { guard: and(['isLeaving', 'hasListener']), target: 'finished', actions: 'emitFinish' },
          { guard: 'isLeaving', target: 'finished', actions: ['emitFinish', 'emitClose'] },
        ],
        recalled: {},
        late: { end: late, bareEnd: late },
      }),
      flow,
    },
  });

/**
 * A server's response to one request.
 *
 * Rule 1: when 'socket' and 'close' may fire, and when the socket is given back, is decided here; the rest in outgoing.ts.
 * Rule 2: the region `line` stands before `message`, so that the socket is given back before 'finish' fires: its listeners
 *         find `socket` null, as Node documents.
 * Rule 3: the region `turn` stands before `message`, and `persistence` after it (response.turn.ts): what was kept is written
 *         before 'prefinish' fires, and the turn is passed on once the last byte is written.
 */
import { and, emit, not, or, stateIn } from 'xstate';
import type { OutgoingEvent } from '../events/message.js';
import { flow, message, outgoing } from './outgoing.js';
import { persistence, turn } from './response.turn.js';

/** An end after the socket is gone: a response that could not be sent before has no 'prefinish'. */
const late = [
  { guard: 'isStranded', target: 'flushing' },
  { guard: 'isGone', target: 'flushing', actions: 'emitPrefinish' },
] as const;

/**
 * One response of a server, from its first header to the last byte that the kernel took. diagrams/response.svg shows
 * it.
 */
export const responseMachine = outgoing('res')
  .extend({
    guards: {
      hasListener: ({ event }) => (event as Extract<OutgoingEvent, { type: 'net.flushed' }>).hasListener,
      isLast: ({ event }) => (event as Extract<OutgoingEvent, { type: 'user.head' }>).last,
      isSwitching: ({ event }) => (event as Extract<OutgoingEvent, { type: 'user.head' }>).switches,
      isFlushing: stateIn('#flushing'),
      hasEnded: or([stateIn('#queued'), stateIn('#flushing'), stateIn('#finished')]),
      isAwaited: stateIn('#awaited'),
      isGiven: stateIn('#given'),
      mayLeave: and([
        or([stateIn('#doomed'), stateIn('#cut')]),
        stateIn('#given'),
        or([stateIn('#queued'), stateIn('#flushing')]),
      ]),
      isStranded: or([stateIn('#doomed'), stateIn('#stranded')]),
    },
    actions: {
      orderFailCallbacks: emit({ type: 'io.failCallbacks', all: true }),
      orderLast: emit({ type: 'io.last' }),
      orderSwitch: emit({ type: 'io.switch' }),
      orderKeep: emit({ type: 'io.keep' }),
      orderPassTurn: emit({ type: 'io.passTurn' }),
    },
  })
  .createMachine({
    id: 'response',
    description: 'One response of a server, from its first header to the last byte that the kernel took.',
    type: 'parallel',
    context: {},
    states: {
      line: {
        description: 'The socket on which the response is sent.',
        initial: 'waiting',
        states: {
          waiting: {
            description: 'It has no socket: others are sent before it.',
            on: {
              'net.attached': { target: 'attached', actions: 'emitSocket' },
              'user.destroy': [
                { guard: 'isGiven', target: 'gone.doomed' },
                { target: 'gone.doomed', actions: 'orderFailCallbacks' },
              ],
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'gone.stranded', actions: 'emitClose' },
            },
          },
          attached: {
            id: 'attached',
            description: 'It has the socket.',
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
            description: 'The socket accepts nothing more, or was taken away; what it has may still be sent.',
            on: {
              'net.attached': { target: 'attached', actions: 'emitSocket' },
              'user.inform': 'kept',
              'user.write': 'kept',
              'user.flush': 'kept',
              'user.end': 'kept',
              'user.destroy': { target: 'gone.cut', actions: 'orderDestroy' },
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'gone.closed', actions: 'emitClose' },
            },
          },
          kept: {
            description: 'More was written after that, and waits for another socket.',
            on: {
              'net.attached': { target: 'attached', actions: 'emitSocket' },
              'user.destroy': { target: 'gone.doomed', actions: ['orderDestroy', 'orderFailCallbacks'] },
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'gone.stranded', actions: 'emitClose' },
            },
          },
          released: {
            description: 'The response is out; ‘close’ fires at the end of the turn.',
            on: {
              'clock.tick': { target: 'closed', actions: 'emitClose' },
              'user.misused': { actions: 'emitMisuse' },
              'net.closed': { target: 'closed', actions: 'emitClose' },
            },
          },
          closed: { id: 'closed', description: '‘close’ was emitted.' },
          gone: {
            id: 'gone',
            description: 'Nothing more can be sent.',
            initial: 'cut',
            // What was handed over may still be sent: then the callback waits for that.
            on: { 'user.end': [{ guard: 'mayLeave' }, { actions: 'orderFailEndCallbacks' }] },
            states: {
              doomed: {
                id: 'doomed',
                description:
                  'Destroyed without a socket: the one that it gets is destroyed. What it has handed over may still be sent.',
                on: {
                  'net.attached': { target: 'cut', actions: 'orderDestroy' },
                  'net.closed': { target: 'stranded', actions: 'emitClose' },
                },
              },
              cut: {
                id: 'cut',
                description: 'Destroyed; the socket is closing.',
                on: {
                  'net.flushed': [
                    { guard: and(['isFlushing', not('hasListener')]), target: '#closed', actions: 'orderRelease' },
                    { guard: 'isFlushing', target: 'leaving', actions: ['orderRelease', 'orderTick'] },
                  ],
                  'net.closed': { target: 'closed', actions: 'emitClose' },
                },
              },
              leaving: {
                description: 'Destroyed, and yet sent whole: as `released`, but no misuse is emitted.',
                on: {
                  'clock.tick': { target: '#closed', actions: 'emitClose' },
                  'net.closed': { target: '#closed', actions: 'emitClose' },
                },
              },
              stranded: {
                id: 'stranded',
                description: 'The socket closed before it could be sent; ‘close’ was emitted.',
              },
              closed: { description: 'The socket closed first; ‘close’ was emitted.' },
            },
          },
        },
      },
      turn,
      message: message({
        turn: { 'net.attached': { target: 'flushing', actions: 'emitPrefinish' } },
        flushed: [
          { guard: and(['isLeaving', 'hasListener']), target: 'finished', actions: 'emitFinish' },
          { guard: 'isLeaving', target: 'finished', actions: ['emitFinish', 'emitClose'] },
        ],
        recalled: {},
        miscounted: {},
        late: { end: late, bareEnd: late },
      }),
      persistence,
      flow,
    },
  });

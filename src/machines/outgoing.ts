/**
 * One outgoing message, either role: a server's response, a client's request.
 *
 * Rule 1: when 'prefinish', 'finish', 'close' and 'drain' may fire, and what becomes of a write that comes too late, is
 *         decided in this file and nowhere else.
 * Rule 2: this file doesn't know what is written, nor which role it plays; the role is the name that it tells under.
 * Rule 3: the region `line` stands before `message`, so that the socket is given back before 'finish' is told: a
 *         listener of 'finish' finds `socket` null, as Node's documents say.
 */
import { and, emit, not, or, setup, stateIn } from 'xstate';
import type { OutgoingEmission, OutgoingEvent, Outlay, Role } from '../events/message.js';

type Of<Type extends OutgoingEvent['type']> = Extract<OutgoingEvent, { type: Type }>;
const what = (event: OutgoingEvent): Outlay => event as Outlay & OutgoingEvent;

function outgoing(role: Role) {
  return setup({
    types: {
      context: {} as Record<string, never>,
      events: {} as OutgoingEvent,
      emitted: {} as OutgoingEmission,
    },
    guards: {
      isBodyless: ({ event }) => (event as Of<'user.head'>).bodyless,
      isLast: ({ event }) => (event as Of<'user.head'>).last,
      isHeard: ({ event }) => (event as Of<'net.flushed'>).heard,
      isLeaving: or([stateIn('#attached'), stateIn('#cut')]),
      isAttached: stateIn('#attached'),
      isGone: stateIn('#gone'),
      isFlushing: stateIn('#flushing'),
      isStreaming: stateIn('#streaming'),
    },
    actions: {
      tellSocket: emit({ type: `${role}.socket` }),
      tellPrefinish: emit({ type: `${role}.prefinish` }),
      tellFinish: emit({ type: `${role}.finish` }),
      tellClose: emit({ type: `${role}.close` }),
      tellDrain: emit({ type: `${role}.drain` }),
      tellError: emit(({ event }) => ({ type: `${role}.error`, error: (event as Of<'user.misused'>).error })),
      orderLast: emit({ type: 'io.last' }),
      orderWrite: emit(({ event }) => ({ type: 'io.write', what: what(event) })),
      orderFlush: emit({ type: 'io.flush' }),
      orderSkip: emit(({ event }) => ({ type: 'io.skip', what: what(event) })),
      orderEnd: emit(({ event }) => ({ type: 'io.end', what: what(event), bodyless: false })),
      orderBareEnd: emit(({ event }) => ({ type: 'io.end', what: what(event), bodyless: true })),
      refuseEnded: emit(({ event }) => ({ type: 'io.refuse', what: what(event), because: 'ended' })),
      refuseDestroyed: emit(({ event }) => ({ type: 'io.refuse', what: what(event), because: 'destroyed' })),
      orderDestroy: emit({ type: 'io.destroy' }),
      orderRelease: emit({ type: 'io.release' }),
      orderTick: emit({ type: 'io.tick' }),
    },
  }).createMachine({
    id: role === 'res' ? 'response' : 'request',
    description: 'One outgoing message, from its first header to the last byte that the kernel took.',
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
              'user.misused': { actions: 'tellError' },
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
              'user.misused': { actions: 'tellError' },
              'net.closed': { target: 'gone.closed', actions: 'tellClose' },
            },
          },
          released: {
            id: 'released',
            description: 'The message is out; its end is told when this turn is over.',
            on: {
              'clock.tick': { target: 'closed', actions: 'tellClose' },
              'user.misused': { actions: 'tellError' },
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
      message: {
        description: 'What the user has handed over.',
        initial: 'composing',
        states: {
          composing: {
            description: 'Headers may still change.',
            on: {
              'user.write': { guard: 'isGone', actions: 'refuseDestroyed' },
              'user.end': { guard: 'isGone', target: 'flushing', actions: 'tellPrefinish' },
              'user.head': [
                { guard: and(['isBodyless', 'isLast']), target: 'bare', actions: 'orderLast' },
                { guard: 'isBodyless', target: 'bare' },
                { guard: 'isLast', target: 'streaming', actions: 'orderLast' },
                { target: 'streaming' },
              ],
            },
          },
          streaming: {
            id: 'streaming',
            description: 'The head is fixed; body may follow.',
            on: {
              'user.write': [{ guard: 'isGone', actions: 'refuseDestroyed' }, { actions: 'orderWrite' }],
              'user.flush': { guard: not('isGone'), actions: 'orderFlush' },
              'user.end': [
                { guard: 'isAttached', target: 'flushing', actions: ['orderEnd', 'tellPrefinish'] },
                { guard: 'isGone', target: 'flushing', actions: 'tellPrefinish' },
                { target: 'queued', actions: 'orderEnd' },
              ],
            },
          },
          bare: {
            description: 'The head is fixed; no body may follow (RFC 9110 §6.4.1).',
            on: {
              'user.write': [{ guard: 'isGone', actions: 'refuseDestroyed' }, { actions: 'orderSkip' }],
              'user.flush': { guard: not('isGone'), actions: 'orderFlush' },
              'user.end': [
                { guard: 'isAttached', target: 'flushing', actions: ['orderBareEnd', 'tellPrefinish'] },
                { guard: 'isGone', target: 'flushing', actions: 'tellPrefinish' },
                { target: 'queued', actions: 'orderBareEnd' },
              ],
            },
          },
          queued: {
            description: 'All is handed over; the message waits for its turn.',
            on: {
              'net.attached': { target: 'flushing', actions: 'tellPrefinish' },
              'user.write': { actions: 'refuseEnded' },
            },
          },
          flushing: {
            id: 'flushing',
            description: 'All is written; the kernel hasn’t taken the last byte yet.',
            on: {
              'net.flushed': [
                { guard: and(['isLeaving', 'isHeard']), target: 'finished', actions: 'tellFinish' },
                { guard: 'isLeaving', target: 'finished', actions: ['tellFinish', 'tellClose'] },
              ],
              'user.write': { actions: 'refuseEnded' },
            },
          },
          finished: {
            description: 'The kernel has the last byte.',
            on: { 'user.write': { actions: 'refuseEnded' } },
          },
        },
      },
      flow: {
        description: 'Whether the writer should wait (back-pressure of the socket).',
        initial: 'free',
        states: {
          free: { description: 'More may be written.', on: { 'net.full': 'full' } },
          full: {
            description: 'The writer was told to wait.',
            on: {
              'net.drained': [{ guard: 'isStreaming', target: 'free', actions: 'tellDrain' }, { target: 'free' }],
            },
          },
        },
      },
    },
  });
}

/** A server's answer. */
export const responseMachine = outgoing('res');

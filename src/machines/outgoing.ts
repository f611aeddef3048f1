/**
 * What every outgoing message has, whoever sends it: what its user hands over, and whether its writer should wait. A
 * server's response (response.ts) and a client's request (request.ts) add the line that it leaves on.
 *
 * Rule 1: when 'prefinish', 'finish' and 'drain' may fire, and what becomes of a write that comes too late, is decided in
 *         this file and nowhere else.
 * Rule 2: this file doesn't know what is written, nor which role it plays; the role is the name that it tells under.
 * Rule 3: the line is called `line`, stands before these regions, and has the states `attached` and `gone`.
 */
import { and, emit, not, or, setup, stateIn } from 'xstate';
import type { OutgoingChunk, OutgoingEmission, OutgoingEvent, Role } from '../events/message.js';
import type { RequestEmission, RequestEvent } from '../events/request.js';

type Event = OutgoingEvent | RequestEvent;
type Of<Type extends Event['type']> = Extract<Event, { type: Type }>;
const what = (event: Event): OutgoingChunk => event as OutgoingChunk & Event;

export const outgoing = (role: Role) =>
  setup({
    types: {
      context: {} as Record<string, never>,
      events: {} as Event,
      emitted: {} as OutgoingEmission | RequestEmission,
    },
    guards: {
      isBodyless: ({ event }) => (event as Of<'user.head'>).bodyless,
      isLast: ({ event }) => (event as Of<'user.head'>).last,
      isLeaving: or([stateIn('#attached'), stateIn('#cut')]),
      isAttached: stateIn('#attached'),
      isGone: stateIn('#gone'),
      isStreaming: stateIn('#streaming'),
    },
    actions: {
      emitSocket: emit({ type: `${role}.socket` }),
      emitPrefinish: emit({ type: `${role}.prefinish` }),
      emitFinish: emit({ type: `${role}.finish` }),
      emitClose: emit({ type: `${role}.close` }),
      emitDrain: emit({ type: `${role}.drain` }),
      emitMisuse: emit(({ event }) => ({ type: `${role}.error`, error: (event as Of<'user.misused'>).error })),
      orderLast: emit({ type: 'io.last' }),
      orderSpoil: emit({ type: 'io.spoil' }),
      orderWrite: emit(({ event }) => ({ type: 'io.write', what: what(event) })),
      orderFlush: emit({ type: 'io.flush' }),
      orderSkip: emit(({ event }) => ({ type: 'io.skip', what: what(event) })),
      orderEnd: emit(({ event }) => ({ type: 'io.end', what: what(event), bodyless: false })),
      orderBareEnd: emit(({ event }) => ({ type: 'io.end', what: what(event), bodyless: true })),
      refuseEnded: emit(({ event }) => ({ type: 'io.refuse', what: what(event), because: 'ended' })),
      refuseDestroyed: emit(({ event }) => ({ type: 'io.refuse', what: what(event), because: 'destroyed' })),
      orderFailEndCallbacks: emit({ type: 'io.failCallbacks', all: false }),
      orderDestroy: emit({ type: 'io.destroy' }),
      orderRelease: emit({ type: 'io.release' }),
      orderTick: emit({ type: 'io.tick' }),
    },
  });

/** Where the roles differ in what they make of what their user hands over. */
interface Manner {
  /** The event with which what waits may leave. */
  readonly turn: 'net.attached' | 'net.opened';
  /** What follows when the kernel has the last byte. */
  readonly flushed: object;
  /** What follows when the head of a message without body is made anew. */
  readonly recalled: object;
  /** What follows an end that comes when the line is gone, with a body allowed and without. */
  readonly late: { readonly end: readonly object[]; readonly bareEnd: readonly object[] };
}

export const message = <const M extends Manner>({ turn, flushed, recalled, late }: M) =>
  ({
    description: 'What the user has handed over.',
    initial: 'composing',
    states: {
      composing: {
        description: 'Headers may still change.',
        on: {
          'user.write': { guard: 'isGone', actions: 'refuseDestroyed' },
          'user.end': late.end as M['late']['end'],
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
          'user.headRecalled': 'composing',
          'user.miscounted': { actions: 'orderSpoil' },
          'user.write': [{ guard: 'isGone', actions: 'refuseDestroyed' }, { actions: 'orderWrite' }],
          'user.flush': { guard: not('isGone'), actions: 'orderFlush' },
          'user.end': [
            { guard: 'isAttached', target: 'flushing', actions: ['orderEnd', 'emitPrefinish'] },
            ...(late.end as M['late']['end']),
            { target: 'queued', actions: 'orderEnd' },
          ],
        },
      },
      bare: {
        description: 'The head is fixed; no body may follow (RFC 9110 §6.4.1).',
        on: {
          ...(recalled as M['recalled']),
          'user.write': [{ guard: 'isGone', actions: 'refuseDestroyed' }, { actions: 'orderSkip' }],
          'user.flush': { guard: not('isGone'), actions: 'orderFlush' },
          'user.end': [
            { guard: 'isAttached', target: 'flushing', actions: ['orderBareEnd', 'emitPrefinish'] },
            ...(late.bareEnd as M['late']['bareEnd']),
            { target: 'queued', actions: 'orderBareEnd' },
          ],
        },
      },
      queued: {
        description: 'All is handed over; the message waits for its turn.',
        on: {
          [turn as M['turn']]: { target: 'flushing', actions: 'emitPrefinish' },
          'user.write': { actions: 'refuseEnded' },
        },
      },
      flushing: {
        id: 'flushing',
        description: 'All is written; the kernel hasn’t taken the last byte yet.',
        on: {
          'net.flushed': flushed as M['flushed'],
          'user.write': { actions: 'refuseEnded' },
        },
      },
      finished: {
        id: 'finished',
        description: 'The kernel has the last byte.',
        on: { 'user.write': { actions: 'refuseEnded' } },
      },
    },
  }) as const;

export const flow = {
  description: 'Whether the writer should wait (back-pressure of the socket).',
  initial: 'free',
  states: {
    free: { description: 'More may be written.', on: { 'net.full': 'full' } },
    full: {
      description: 'The writer was told to wait.',
      on: {
        'net.drained': [{ guard: 'isStreaming', target: 'free', actions: 'emitDrain' }, { target: 'free' }],
      },
    },
  },
} as const;

/**
 * What every outgoing message has: the program's side, and back-pressure. A server's response (response.ts) and a client's
 * request (request.ts) add the line on which the message is sent.
 *
 * Rule 1: when 'prefinish', 'finish' and 'drain' may fire, and what becomes of a write that comes too late, is decided in this
 *         file and nowhere else.
 * Rule 2: this file knows neither what is written nor the role of the message, which is only a prefix of what it emits.
 * Rule 3: the line is called `line`, stands before these regions, and has the states `attached` and `gone`.
 */
import { emit, not, or, setup, stateIn } from 'xstate';
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
      orderSpoil: emit({ type: 'io.spoil' }),
      orderInform: emit(({ event }) => ({ type: 'io.inform', what: what(event) })),
      orderWrite: emit(({ event }) => ({ type: 'io.write', what: what(event) })),
      orderWriteKept: emit({ type: 'io.writeKept' }),
      orderFlush: emit({ type: 'io.flush' }),
      orderSkip: emit(({ event }) => ({ type: 'io.skip', what: what(event) })),
      orderEnd: emit(({ event }) => ({ type: 'io.end', what: what(event), bodyless: false })),
      orderBareEnd: emit(({ event }) => ({ type: 'io.end', what: what(event), bodyless: true })),
      rejectEnded: emit(({ event }) => ({ type: 'io.rejectWrite', what: what(event), because: 'ended' })),
      rejectDestroyed: emit(({ event }) => ({ type: 'io.rejectWrite', what: what(event), because: 'destroyed' })),
      orderFailEndCallbacks: emit({ type: 'io.failCallbacks', all: false }),
      orderDestroy: emit({ type: 'io.destroy' }),
      orderRelease: emit({ type: 'io.release' }),
      orderTick: emit({ type: 'io.tick' }),
    },
  });

/** Where the roles differ in the region `message`. */
interface Manner {
  /** What lets a message that has ended be written. */
  readonly turn: object;
  /** What follows when the kernel has the last byte. */
  readonly flushed: object;
  /** What follows when the head of a message without a body is made anew. */
  readonly recalled: object;
  /** What follows when the body is not as long as the head declares. */
  readonly miscounted: object;
  /** What follows an end after the line is gone, with a body allowed and without. */
  readonly late: { readonly end: readonly object[]; readonly bareEnd: readonly object[] };
}

export const message = <const M extends Manner>({ turn, flushed, recalled, miscounted, late }: M) =>
  ({
    description: 'What the program has handed over.',
    initial: 'composing',
    on: { 'user.inform': [{ guard: 'isGone', actions: 'rejectDestroyed' }, { actions: 'orderInform' }] },
    states: {
      composing: {
        description: 'Headers may still change.',
        on: {
          'user.write': { guard: 'isGone', actions: 'rejectDestroyed' },
          'user.end': late.end as M['late']['end'],
          'user.head': [{ guard: 'isBodyless', target: 'bare' }, { target: 'streaming' }],
        },
      },
      streaming: {
        id: 'streaming',
        description: 'The head is fixed; body may follow.',
        on: {
          ...(miscounted as M['miscounted']),
          'user.headRecalled': 'composing',
          'user.write': [{ guard: 'isGone', actions: 'rejectDestroyed' }, { actions: 'orderWrite' }],
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
          'user.write': [{ guard: 'isGone', actions: 'rejectDestroyed' }, { actions: 'orderSkip' }],
          'user.flush': { guard: not('isGone'), actions: 'orderFlush' },
          'user.end': [
            { guard: 'isAttached', target: 'flushing', actions: ['orderBareEnd', 'emitPrefinish'] },
            ...(late.bareEnd as M['late']['bareEnd']),
            { target: 'queued', actions: 'orderBareEnd' },
          ],
        },
      },
      queued: {
        id: 'queued',
        description: 'All is handed over, and waits for a socket.',
        on: { ...(turn as M['turn']), 'user.write': { actions: 'rejectEnded' } },
      },
      flushing: {
        id: 'flushing',
        description: 'All is written; the kernel does not have the last byte yet.',
        on: { 'net.flushed': flushed as M['flushed'], 'user.write': { actions: 'rejectEnded' } },
      },
      finished: {
        id: 'finished',
        description: 'The kernel has the last byte.',
        on: { 'user.write': { actions: 'rejectEnded' } },
      },
    },
  }) as const;

export const flow = {
  description: 'Whether the program should stop writing (back-pressure of the socket).',
  initial: 'free',
  states: {
    free: { description: 'More may be written.', on: { 'net.full': 'full' } },
    full: {
      description: 'write() has returned false.',
      on: {
        'net.drained': [{ guard: 'isStreaming', target: 'free', actions: 'emitDrain' }, { target: 'free' }],
      },
    },
  },
} as const;

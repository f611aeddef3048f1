/**
 * A server, from its creation to its close.
 *
 * Rule 1: whether connections are asked to close or drain, or are cut, when the door is shut, and whether their deadlines are
 *         watched, is decided here. 'listening' and 'close' are emitted by the `net.Server` beneath, as it documents.
 * Rule 2: deadlines are watched while there is a connection, closing or not: a silent client cannot keep a closing server
 *         open for ever.
 * Rule 3: a failed TLS handshake is the program's to deal with if it listens to 'clientError'. Otherwise the socket is closed.
 */
import { emit, setup } from 'xstate';
import type { ServerEmission, ServerEvent } from '../events/server.js';

const errorOf = (event: ServerEvent): Error => (event as Extract<ServerEvent, { error: Error }>).error;

/** A server, from its creation to its close. diagrams/server.svg shows it. */
export const serverMachine = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as ServerEvent,
    emitted: {} as ServerEmission,
  },
  guards: {
    hasListener: ({ event }) => event.type === 'net.failed' && event.hasListener,
  },
  actions: {
    emitClientError: emit(({ event }) => ({ type: 'server.clientError', error: errorOf(event) })),
    orderFailure: emit(({ event }) => ({ type: 'io.fail', error: errorOf(event) })),
    orderAnnounce: emit({ type: 'io.announceClose' }),
    orderDrain: emit({ type: 'io.announceDrain' }),
    orderShut: emit({ type: 'io.shut' }),
    orderCut: emit({ type: 'io.cut' }),
    orderSweep: emit({ type: 'io.startSweep' }),
    orderRest: emit({ type: 'io.stopSweep' }),
  },
}).createMachine({
  id: 'server',
  description: 'A server, from its creation to its close.',
  type: 'parallel',
  context: {},
  states: {
    door: {
      description: 'Whether new connections are taken.',
      initial: 'unbound',
      on: { 'clock.overdue': { actions: 'orderCut' } },
      states: {
        unbound: {
          description: 'It does not listen. Connections may be handed to it.',
          on: { 'net.listening': 'listening', 'user.close': 'closing' },
        },
        listening: {
          description: 'New connections are taken.',
          on: { 'user.close': 'closing', 'user.drain': 'draining', 'net.closed': 'unbound' },
        },
        draining: {
          description: 'New connections are taken still; each ends with its last due response.',
          entry: 'orderDrain',
          on: {
            'clock.graced': { target: 'closing', actions: 'orderShut' },
            'clock.overdue': { target: 'closing', actions: ['orderShut', 'orderCut'] },
            'user.close': 'closing',
            'net.closed': 'unbound',
          },
        },
        closing: {
          description: 'No new connection is taken; each open one ends with its last due response.',
          entry: 'orderAnnounce',
          on: { 'net.closed': 'unbound', 'net.listening': 'listening' },
        },
      },
    },
    handshakes: {
      description: 'The TLS handshakes of sockets that are no connections yet.',
      on: { 'net.failed': [{ guard: 'hasListener', actions: 'emitClientError' }, { actions: 'orderFailure' }] },
    },
    watch: {
      description: 'Whether the deadlines of connections are watched.',
      initial: 'resting',
      states: {
        resting: {
          description: 'There is no connection.',
          on: { 'net.occupied': { target: 'sweeping', actions: 'orderSweep' } },
        },
        sweeping: {
          description: 'Connections are checked every connectionsCheckingInterval.',
          on: { 'net.vacated': { target: 'resting', actions: 'orderRest' } },
        },
      },
    },
  },
});

/**
 * A client's connection: one socket, from the first request on it to its close.
 *
 * Rule 1: whether the next request may have the socket is decided here: only while it is known to be idle and clean. A
 *         peer that closes an idle connection, or says something on it that nobody asked for, is not asked again
 *         (RFC 9112 §9.3.1, §9.5).
 * Rule 2: what becomes of the request that has the socket is decided in request.ts.
 */
import { emit, setup } from 'xstate';
import type { ClientConnectionEvent, ClientConnectionOrder } from '../events/client-connection.js';

export const clientConnectionMachine = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as ClientConnectionEvent,
    emitted: {} as ClientConnectionOrder,
  },
  actions: {
    orderDestroy: emit({ type: 'io.destroy' }),
    orderAbandon: emit({ type: 'io.abandon' }),
    orderDetach: emit({ type: 'io.detach' }),
  },
}).createMachine({
  id: 'clientConnection',
  description: 'One socket of a client, from the first request on it to its close.',
  initial: 'idle',
  context: {},
  on: { 'net.closed': { target: '.closed', actions: 'orderAbandon' } },
  states: {
    idle: {
      description: 'No request has the socket.',
      on: {
        'request.assigned': 'busy',
        'wire.unsolicited': { target: 'unusable', actions: 'orderDestroy' },
        'net.ended': { target: 'unusable', actions: 'orderDestroy' },
        'net.failed': 'unusable',
      },
    },
    busy: {
      description: 'A request has the socket.',
      on: {
        'request.released': 'idle',
        'request.upgraded': { target: 'upgraded', actions: 'orderDetach' },
        'wire.unsolicited': 'unusable',
        'net.ended': 'unusable',
        'net.failed': 'unusable',
      },
    },
    unusable: { description: 'No further request gets the socket.' },
    upgraded: { type: 'final', description: 'The socket is somebody else’s; nothing of ours is left on it.' },
    closed: { type: 'final', description: 'The socket is gone.' },
  },
});

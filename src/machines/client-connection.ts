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
    orderLetGo: emit({ type: 'io.letGo' }),
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
        'wire.unsolicited': { target: 'spent', actions: 'orderDestroy' },
        'net.ended': { target: 'spent', actions: 'orderDestroy' },
        'net.failed': 'spent',
      },
    },
    busy: {
      description: 'A request has the socket.',
      on: {
        'request.released': 'idle',
        'request.parted': { target: 'parted', actions: 'orderLetGo' },
        'wire.unsolicited': 'spent',
        'net.ended': 'spent',
        'net.failed': 'spent',
      },
    },
    spent: { description: 'No further request gets the socket.' },
    parted: { type: 'final', description: 'The socket is somebody else’s; nothing of ours is left on it.' },
    closed: { type: 'final', description: 'The socket is gone.' },
  },
});

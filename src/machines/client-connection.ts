/**
 * A client's connection: one socket, from the first request on it to its close.
 *
 * Rule 1: whether the next request may have the socket is decided here: only while it is known to be idle and clean. After a
 *         peer has closed an idle connection, or sent something on it that no request asked for, the connection is not used
 *         again (RFC 9112 §9.3.1, §9.5).
 * Rule 2: a socket that the program has removed from its agent is the program's as soon as no request has it.
 * Rule 3: what becomes of the request that has the socket is decided in request.ts.
 */
import { emit, setup } from 'xstate';
import type { ClientConnectionEmission, ClientConnectionEvent } from '../events/client-connection.js';

const closing = { target: 'closed', actions: 'orderAbandon' } as const;
const leaving = { target: 'removed', actions: 'orderDetach' } as const;
const inUse = {
  'request.upgraded': { target: 'upgraded', actions: ['orderDetach', 'emitAgentRemove'] },
  'wire.unsolicited': 'unusable',
  'net.ended': 'unusable',
  'net.failed': 'unusable',
  'net.closed': closing,
} as const;

/** One socket of a client, from the first request on it to its close. diagrams/clientConnection.svg shows it. */
export const clientConnectionMachine = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as ClientConnectionEvent,
    emitted: {} as ClientConnectionEmission,
  },
  actions: {
    emitFree: emit({ type: 'agent.free' }),
    emitAgentRemove: emit({ type: 'agent.agentRemove' }),
    orderDestroy: emit({ type: 'io.destroy' }),
    orderAbandon: emit({ type: 'io.abandon' }),
    orderDetach: emit({ type: 'io.detach' }),
  },
}).createMachine({
  id: 'clientConnection',
  description: 'One socket of a client, from the first request on it to its close.',
  initial: 'idle',
  context: {},
  states: {
    idle: {
      description: 'No request has the socket.',
      on: {
        'request.assigned': 'busy',
        'request.freed': { actions: 'emitFree' },
        'user.agentRemove': leaving,
        'wire.unsolicited': { target: 'unusable', actions: 'orderDestroy' },
        'net.ended': { target: 'unusable', actions: 'orderDestroy' },
        'net.failed': { target: 'unusable', actions: ['orderDestroy', 'emitAgentRemove'] },
        'net.closed': closing,
      },
    },
    busy: {
      description: 'A request has the socket.',
      on: { 'request.released': 'idle', 'user.agentRemove': 'parting', ...inUse },
    },
    parting: {
      description: 'A request has the socket, and the program gets it afterwards.',
      on: { 'request.released': leaving, ...inUse },
    },
    unusable: {
      description: 'No further request gets the socket.',
      on: { 'request.freed': { actions: ['orderDestroy', 'emitFree'] }, 'net.closed': closing },
    },
    removed: {
      description: 'The program has removed the socket from its agent; nothing of ours is left on it.',
      on: { 'request.freed': { actions: 'emitFree' } },
    },
    upgraded: { type: 'final', description: 'The socket belongs to the program; nothing of ours is left on it.' },
    closed: {
      description: 'The socket is closed.',
      on: { 'request.freed': { actions: 'emitFree' } },
    },
  },
});

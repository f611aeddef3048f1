/** A client's request that cannot be sent any more, from there to its 'close': a state of its line (request.ts). */
import { and, or } from 'xstate';

/** The socket has closed while a response was received, or after it. */
const cut = [
  { guard: 'isCut', target: '#losing', actions: 'orderAbort' },
  { target: '#closed', actions: 'emitClose' },
] as const;

/** The socket has closed: that fails the request, cuts its response, or is what was waited for. */
export const closed = [
  { guard: 'isAwaited', target: '#closed', actions: ['emitHangUp', 'emitClose'] },
  ...cut,
] as const;

/** Where no agent gives the socket, the host's order is the documented one: 'abort', then 'close'. */
export const abortedAlone = {
  guard: and(['isHostOrder', 'ownsSocket']),
  target: '#withdrawn',
  actions: ['orderWithdraw', 'orderTick'],
} as const;

const returned = {
  guard: and(['mayKeep', 'isOver']),
  target: '#released',
  actions: ['orderRelease', 'orderTick'],
} as const;

export const gone = {
  id: 'gone',
  description: 'The request cannot be sent any more.',
  initial: 'doomed',
  on: { 'net.attached': { actions: 'orderReturnSocket' }, 'user.end': { actions: 'orderFailEndCallbacks' } },
  states: {
    doomed: {
      id: 'doomed',
      description: 'Destroyed before it had a socket.',
      on: { 'clock.tick': { target: 'closed', actions: ['emitReason', 'emitClose'] } },
    },
    withdrawn: {
      id: 'withdrawn',
      description: 'Aborted before it had a socket: that is no error, unless the socket fails meanwhile.',
      on: { 'net.refused': 'doomed', 'clock.tick': { target: 'closed', actions: 'emitClose' } },
    },
    renounced: {
      id: 'renounced',
      description:
        'The same in the host’s order of events: a socket that the agent gives in this turn ends the request.',
      on: {
        'net.attached': { target: 'closed', actions: ['orderReturnSocket', 'emitClose'] },
        'net.refused': 'doomed',
        'user.forsake': { target: 'forsaken', actions: 'orderDestroy' },
        'clock.tick': { target: 'closed', actions: 'emitClose' },
      },
    },
    forsaken: {
      id: 'forsaken',
      description: 'In the host’s order: destroyed without having asked for a socket.',
      on: {
        'net.attached': { target: 'closed', actions: ['orderReturnSocket', 'emitReason', 'emitClose'] },
        'net.refused': { target: 'closed', actions: ['emitFault', 'emitClose'] },
      },
    },
    cut: {
      id: 'cut',
      description:
        'Destroyed; the socket is closing. While a response is received, the error is that of the response; in the host’s order, of both.',
      on: {
        'net.failed': { guard: or(['mayFail', 'isHostOrder']), target: 'failed', actions: 'emitFault' },
        'response.ended': returned,
        'net.closed': [{ guard: 'isAwaited', target: 'closed', actions: ['emitReason', 'emitClose'] }, ...cut],
      },
    },
    ceased: {
      id: 'ceased',
      description:
        'The response contained `Connection: close` before all was sent; the rest is not sent (RFC 9112 §9.5).',
      on: { 'net.closed': { target: 'closed', actions: 'emitClose' } },
    },
    failed: {
      description: '‘error’ was emitted; the socket is closing.',
      on: {
        'response.ended': returned,
        'user.destroy': { actions: 'orderDestroy' },
        'net.closed': cut,
      },
    },
    losing: {
      id: 'losing',
      description: 'The response was cut; its reader is notified.',
      on: { 'response.failed': { target: 'closed', actions: 'emitClose' } },
    },
    closed: { id: 'closed', description: '‘close’ was emitted.' },
  },
} as const;

/**
 * A client's connection: the possible events of its socket and its requests, and the laws.
 *
 * An agent gives a socket to one request at a time. It checks the socket a turn before the request takes it: the peer's FIN may
 * arrive in between. Input belongs to no request after a release, and after the complete response to a request that still has
 * the socket. An unusable connection doesn't leave HTTP. A socket is removed from its agent once at most, and no request gets it
 * afterwards.
 */
import type { ClientConnectionEvent } from '../../../src/events/client-connection.js';
import { clientConnectionMachine } from '../../../src/machines/client-connection.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import { atMostOnce, atRest, causes, inOrder, type Law, neverAfter, onlyAfter } from '../kit/laws.js';

interface Around {
  readonly holder: 'nobody' | 'request' | 'program';
  readonly upgraded: boolean;
  /** The program has removed it from the agent. */
  readonly removed: boolean;
  /** Another request may use it. */
  readonly clean: boolean;
  readonly ended: boolean;
  readonly failed: boolean;
  readonly closed: boolean;
  /** A request that was released is not closed yet. */
  readonly releasing: boolean;
}

const SPOILING = ['wire.unsolicited', 'net.ended', 'net.failed'];

function may(
  { holder, removed, clean, ended, failed, closed, releasing }: Around,
  sent: { readonly type: string },
): boolean {
  if (sent.type === 'request.freed') return releasing;
  if (holder === 'program') return false;
  if (closed) return false;
  switch ((sent as ClientConnectionEvent).type) {
    case 'request.assigned':
      return holder === 'nobody' && !removed && !releasing;
    case 'request.freed':
      return false;
    case 'request.released':
      return holder === 'request';
    case 'request.upgraded':
      return holder === 'request' && clean;
    case 'user.agentRemove':
      return !removed;
    case 'wire.unsolicited':
      return !ended;
    case 'net.ended':
      return !ended && !failed;
    case 'net.failed':
      return !failed;
    case 'net.closed':
      return true;
  }
}

function after(before: Around, { type }: { readonly type: string }): Around {
  return {
    holder: holderAfter(before, type),
    upgraded: before.upgraded || type === 'request.upgraded',
    removed: before.removed || type === 'user.agentRemove',
    clean: before.clean && !SPOILING.includes(type),
    ended: before.ended || type === 'net.ended',
    failed: before.failed || type === 'net.failed',
    closed: before.closed || type === 'net.closed',
    releasing: type === 'request.released' || (before.releasing && type !== 'request.freed'),
  };
}

/** Whether a socket that is usable is the program's after this: no request has it, and it is no longer an agent's. */
const parts = ({ holder, removed, clean, closed }: Around, type: string): boolean =>
  clean &&
  !closed &&
  ((type === 'request.released' && removed) || (type === 'user.agentRemove' && holder === 'nobody'));

function holderAfter(before: Around, type: string): Around['holder'] {
  if (type === 'request.assigned') return 'request';
  if (type === 'request.upgraded' || parts(before, type)) return 'program';
  return type === 'request.released' ? 'nobody' : before.holder;
}

function stateOf({ holder, upgraded, removed, clean, closed }: Around): string {
  if (holder === 'program') return upgraded ? 'upgraded' : 'removed';
  if (closed) return 'closed';
  // No request gets an unusable socket.
  if (!clean) return 'unusable';
  if (holder === 'nobody') return 'idle';
  return removed ? 'parting' : 'busy';
}

const laws: Law<Around>[] = [
  ...['io.abandon', 'io.detach', 'agent.agentRemove'].map(atMostOnce),
  inOrder('io.detach', 'agent.agentRemove'),
  inOrder('io.destroy', ['agent.agentRemove', 'agent.free']),
  onlyAfter(SPOILING, 'io.destroy'),
  neverAfter(['io.detach', 'io.abandon'], ['io.destroy', 'io.detach', 'io.abandon']),
  ...(['idle', 'busy', 'parting', 'unusable', 'removed', 'upgraded', 'closed'] as const).map((state) =>
    atRest<Around>(
      `it is ${state} if and only if the world is`,
      ({ matches, world }) => matches(state) === (stateOf(world) === state),
    ),
  ),
];

/** The expected emissions for an event in a world. */
const replies: Law<Around>[] = [
  causes('io.destroy', ({ type }, { holder, clean, closed }) => {
    if (type === 'request.freed') return clean || closed ? [] : ['io.destroy'];
    return SPOILING.includes(type) && holder === 'nobody' && clean && !closed ? ['io.destroy'] : [];
  }),
  causes('agent.free', ({ type }) => (type === 'request.freed' ? ['agent.free'] : [])),
  causes('agent.agentRemove', ({ type }, { holder, clean, closed }) => {
    const isIdle = holder === 'nobody' && clean && !closed;
    return type === 'request.upgraded' || (type === 'net.failed' && isIdle) ? ['agent.agentRemove'] : [];
  }),
  causes('io.detach', ({ type }, before) => (type === 'request.upgraded' || parts(before, type) ? ['io.detach'] : [])),
  causes('io.abandon', ({ type }) => (type === 'net.closed' ? ['io.abandon'] : [])),
];

const ENDINGS = [...SPOILING, 'request.upgraded', 'user.agentRemove', 'net.closed'];

export const clientConnectionScene: Scene<Around> = {
  subject: alone(clientConnectionMachine),
  events: alphabets['clientConnection']!.events,
  world: {
    begins: {
      holder: 'nobody',
      upgraded: false,
      removed: false,
      clean: true,
      ended: false,
      failed: false,
      closed: false,
      releasing: false,
    },
    may,
    after,
  },
  laws: [...laws, ...replies],
  isEnding: ({ type }) => ENDINGS.includes(type),
};

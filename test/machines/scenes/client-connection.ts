/**
 * A client's connection: what its socket and the requests on it can say, and what must hold.
 *
 * An agent gives a socket to one request at a time. It looks at the socket a turn before the request takes it: the peer's
 * end may come between. What the peer says is nobody's behind a release, and behind the whole answer to a request that
 * has the socket still. A connection that there is something against doesn't leave HTTP.
 */
import type { ClientConnectionEvent } from '../../../src/events/client-connection.js';
import { clientConnectionMachine } from '../../../src/machines/client-connection.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import { atMostOnce, atRest, causes, type Law, neverAfter, onlyAfter } from '../kit/laws.js';

interface Around {
  readonly holder: 'unclaimed' | 'request' | 'somebody else';
  /** Nothing speaks against another request. */
  readonly clean: boolean;
  readonly ended: boolean;
  readonly failed: boolean;
  readonly closed: boolean;
}

const SPOILING = ['wire.unsolicited', 'net.ended', 'net.failed'];

function may({ holder, clean, ended, failed, closed }: Around, told: { readonly type: string }): boolean {
  if (holder === 'somebody else' || closed) return false;
  switch ((told as ClientConnectionEvent).type) {
    case 'request.assigned':
      return holder === 'unclaimed';
    case 'request.released':
      return holder === 'request';
    case 'request.upgraded':
      return holder === 'request' && clean;
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
    clean: before.clean && !SPOILING.includes(type),
    ended: before.ended || type === 'net.ended',
    failed: before.failed || type === 'net.failed',
    closed: before.closed || type === 'net.closed',
  };
}

function holderAfter({ holder }: Around, type: string): Around['holder'] {
  if (type === 'request.assigned') return 'request';
  if (type === 'request.released') return 'unclaimed';
  return type === 'request.upgraded' ? 'somebody else' : holder;
}

function stateOf({ holder, clean, closed }: Around): string {
  if (holder === 'somebody else') return 'upgraded';
  if (closed) return 'closed';
  // Nobody gets a socket that there is something against.
  if (!clean) return 'unusable';
  return holder === 'request' ? 'busy' : 'idle';
}

const laws: Law<Around>[] = [
  ...['io.destroy', 'io.abandon', 'io.detach'].map(atMostOnce),
  onlyAfter(['wire.unsolicited', 'net.ended'], 'io.destroy'),
  neverAfter(['io.detach', 'io.abandon'], ['io.destroy', 'io.detach', 'io.abandon']),
  ...(['idle', 'busy', 'unusable', 'upgraded', 'closed'] as const).map((state) =>
    atRest<Around>(
      `it is ${state} when the world is so`,
      ({ matches, world }) => matches(state) === (stateOf(world) === state),
    ),
  ),
];

/** What the machine is to emit: for an event, in a world. */
const replies: Law<Around>[] = [
  causes('io.destroy', ({ type }, { holder, clean }) => {
    const isNobodys = type === 'wire.unsolicited' || type === 'net.ended';
    return isNobodys && holder === 'unclaimed' && clean ? ['io.destroy'] : [];
  }),
  causes('io.detach', ({ type }) => (type === 'request.upgraded' ? ['io.detach'] : [])),
  causes('io.abandon', ({ type }) => (type === 'net.closed' ? ['io.abandon'] : [])),
];

const ENDINGS = [...SPOILING, 'request.upgraded', 'net.closed'];

export const clientConnectionScene: Scene<Around> = {
  subject: alone(clientConnectionMachine),
  events: alphabets['clientConnection']!.events,
  world: { begins: { holder: 'unclaimed', clean: true, ended: false, failed: false, closed: false }, may, after },
  laws: [...laws, ...replies],
  isEnding: ({ type }) => ENDINGS.includes(type),
};

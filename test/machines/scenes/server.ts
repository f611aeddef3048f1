/** A server: the possible events of the `net.Server` and the program, and the laws. */
import type { ServerEvent } from '../../../src/events/server.js';
import { serverMachine } from '../../../src/machines/server.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import { atRest, byTurns, causes, type Law } from '../kit/laws.js';

interface Around {
  readonly door: 'unbound' | 'listening' | 'draining' | 'closing';
  readonly peopled: boolean;
  /** A drain has begun, and may still end by its deadline. */
  readonly drains: boolean;
}

function may({ door, peopled, drains }: Around, sent: { readonly type: string }): boolean {
  switch ((sent as ServerEvent).type) {
    case 'net.listening':
      return door === 'unbound' || door === 'closing';
    case 'net.occupied':
      return !peopled;
    case 'net.vacated':
      return peopled;
    case 'net.closed':
      return !peopled;
    case 'net.failed':
    case 'user.close':
    case 'user.drain':
      return true;
    case 'clock.graced':
    case 'clock.overdue':
      return drains;
  }
}

function after(before: Around, sent: { readonly type: string }): Around {
  const { door } = before;
  switch ((sent as ServerEvent).type) {
    case 'net.listening':
      return { ...before, door: 'listening' };
    case 'net.occupied':
      return { ...before, peopled: true };
    case 'net.vacated':
      return { ...before, peopled: false };
    case 'net.closed':
      return { ...before, door: 'unbound' };
    case 'net.failed':
      return before;
    case 'user.close':
      return { ...before, door: 'closing' };
    case 'user.drain':
      return door === 'listening' ? { ...before, door: 'draining', drains: true } : before;
    case 'clock.graced':
      return { ...before, door: door === 'draining' ? 'closing' : door };
    case 'clock.overdue':
      return { ...before, door: door === 'draining' ? 'closing' : door, drains: false };
  }
}

const isFailure = (sent: { readonly type: string }): sent is Extract<ServerEvent, { type: 'net.failed' }> =>
  sent.type === 'net.failed';

const laws: Law<Around>[] = [
  byTurns('io.startSweep', 'io.stopSweep'),
  causes('io.announceClose', (event, before) =>
    before.door !== 'closing' && after(before, event).door === 'closing' ? ['io.announceClose'] : [],
  ),
  causes('io.announceDrain', ({ type }, { door }) =>
    type === 'user.drain' && door === 'listening' ? ['io.announceDrain'] : [],
  ),
  causes(['io.shut', 'io.cut'], ({ type }, { door }) => [
    ...(door === 'draining' && (type === 'clock.graced' || type === 'clock.overdue') ? ['io.shut'] : []),
    ...(type === 'clock.overdue' ? ['io.cut'] : []),
  ]),
  causes('server.clientError', (sent) => (isFailure(sent) && sent.hasListener ? ['server.clientError'] : [])),
  causes('io.fail', (sent) => (isFailure(sent) && !sent.hasListener ? ['io.fail'] : [])),
  atRest(
    'deadlines are watched while there are connections',
    ({ matches, world }) => matches('watch.sweeping') === world.peopled,
  ),
  atRest('the door is in the state of the world', ({ matches, world }) => matches(`door.${world.door}`)),
];

export const serverScene: Scene<Around> = {
  subject: alone(serverMachine),
  events: alphabets['server']!.events,
  world: { begins: { door: 'unbound', peopled: false, drains: false }, may, after },
  laws,
  isEnding: () => false,
};

/** A server: the possible events of the `net.Server` and the program, and the laws. */
import type { ServerEvent } from '../../../src/events/server.js';
import { serverMachine } from '../../../src/machines/server.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import { atRest, byTurns, causes, type Law } from '../kit/laws.js';

interface Around {
  readonly door: 'unbound' | 'listening' | 'closing';
  readonly peopled: boolean;
}

function may({ door, peopled }: Around, sent: { readonly type: string }): boolean {
  switch ((sent as ServerEvent).type) {
    case 'net.listening':
      return door !== 'listening';
    case 'net.occupied':
      return !peopled;
    case 'net.vacated':
      return peopled;
    case 'net.closed':
      return !peopled;
    case 'net.failed':
    case 'user.close':
      return true;
  }
}

function after({ door, peopled }: Around, sent: { readonly type: string }): Around {
  switch ((sent as ServerEvent).type) {
    case 'net.listening':
      return { door: 'listening', peopled };
    case 'net.occupied':
      return { door, peopled: true };
    case 'net.vacated':
      return { door, peopled: false };
    case 'net.closed':
      return { door: 'unbound', peopled };
    case 'net.failed':
      return { door, peopled };
    case 'user.close':
      return { door: 'closing', peopled };
  }
}

const isFailure = (sent: { readonly type: string }): sent is Extract<ServerEvent, { type: 'net.failed' }> =>
  sent.type === 'net.failed';

const laws: Law<Around>[] = [
  byTurns('io.startSweep', 'io.stopSweep'),
  causes('io.announceClose', ({ type }, { door }) =>
    type === 'user.close' && door !== 'closing' ? ['io.announceClose'] : [],
  ),
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
  world: { begins: { door: 'unbound', peopled: false }, may, after },
  laws,
  isEnding: () => false,
};

/** A server: what `net.Server` and its user can say, and what must hold. */
import type { ServerEvent } from '../../../src/events/server.js';
import { serverMachine } from '../../../src/machines/server.js';
import { alphabets } from '../alphabet.js';
import type { Scene } from '../kit/explore.js';
import { atRest, byTurns, type Law, onlyAfter } from '../kit/laws.js';

interface Around {
  readonly listens: boolean;
  readonly peopled: boolean;
}

function may({ listens, peopled }: Around, told: { readonly type: string }): boolean {
  switch ((told as ServerEvent).type) {
    case 'net.listening':
      return !listens;
    case 'net.peopled':
      return !peopled;
    case 'net.emptied':
      return peopled;
    case 'net.closed':
      return !listens && !peopled;
    case 'user.close':
      return true;
  }
}

function after({ listens, peopled }: Around, told: { readonly type: string }): Around {
  const { type } = told as ServerEvent;
  return {
    listens: type === 'net.listening' || (listens && type !== 'user.close'),
    peopled: type === 'net.peopled' || (peopled && type !== 'net.emptied'),
  };
}

const laws: Law<Around>[] = [
  byTurns('io.startSweep', 'io.stopSweep'),
  onlyAfter('user.close', 'io.announceClose'),
  atRest(
    'deadlines are watched while there are connections',
    ({ matches, world }) => matches('watch.sweeping') === world.peopled,
  ),
  atRest('a server that listens does not close', ({ matches, world }) => !world.listens || matches('door.listening')),
];

export const serverScene: Scene<Around> = {
  machine: serverMachine,
  events: alphabets['server']!.events,
  world: { begins: { listens: false, peopled: false }, may, after },
  laws,
  isEnding: () => false,
};

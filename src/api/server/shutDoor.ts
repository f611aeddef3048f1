import { Server as NetServer } from 'node:net';
import { afterPoll } from '../../io/clock.js';

/** As many connections wait to be taken, unless `listen()` was told otherwise. */
const BACKLOG = 511;

/**
 * Stops listening once the connections that wait were taken: the system resets those that are left. It hands out one at each look
 * at the sockets, so they are all taken when a look has found none, or after so many.
 */
export function shutDoor(server: NetServer): void {
  let taken = 0;
  let before = -1;
  const count = (): void => {
    taken++;
  };
  function look(): void {
    if (server.listening && taken > before && taken < BACKLOG) {
      before = taken;
      afterPoll(look, undefined);
      return;
    }
    server.off('connection', count);
    // Not the method of the server: that of the program may do more.
    if (server.listening) NetServer.prototype.close.call(server);
  }
  server.on('connection', count);
  look();
}

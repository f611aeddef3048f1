/** The client's side of the walks. */
import statewire from '../../../src/index.js';
import { runClientConversation } from '../../conversations/kit/client-run.js';
import { HOST } from '../../conversations/kit/host.js';
import type { Side } from '../kit/hold.js';
import { leaves, rowsBetween, rowsInHostOrder } from './departures.js';
import { client, clientInHostOrder, conversationOf } from './game.js';
import type { World } from './world.js';

function bytesDiffer(acts: readonly string[]): string | undefined {
  const [asked = ''] = acts;
  if (/request \((GET|HEAD|CONNECT)/.test(asked) && /write|text/.test(acts.join())) return 'framed-body';
  return HOST < 24 && /keeps.*(destroy|abort)/.test(asked) ? 'unused-socket' : undefined;
}

const clientSide: Side<World> = {
  game: client,
  run: (http, acts) => runClientConversation(http as never, conversationOf(acts)),
  rowsBetween,
  leaves,
  bytesDiffer,
};

/** The same in the host's order of events. */
const clientInHostOrderSide: Side<World> = {
  ...clientSide,
  game: clientInHostOrder,
  run: async (http, acts) => {
    statewire.eventOrder = 'host';
    try {
      return await clientSide.run(http, acts);
    } finally {
      statewire.eventOrder = 'documented';
    }
  },
  rowsBetween: rowsInHostOrder,
};

export const clientSides = { 'the documented order': clientSide, 'the host’s order': clientInHostOrderSide };

/** The number of acts within which every reachable transition is taken. */
export const CLIENT_DEPTH = 4;

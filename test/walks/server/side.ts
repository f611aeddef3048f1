/** The server, as it is walked. */
import { runConversation } from '../../conversations/kit/run.js';
import type { Side } from '../kit/hold.js';
import { rowsBetween } from './departures.js';
import { conversationOf, server } from './game.js';
import type { World } from './world.js';

export const serverSide: Side<World> = {
  game: server,
  run: (http, acts) => runConversation(http as never, conversationOf(acts)),
  rowsBetween,
  bytesDiffer: () => undefined,
};

/** Acts, at most, behind which each transition was taken that can be taken at all. */
export const SERVER_DEPTH = 4;

/** The client, as it is walked. */
import { runClientConversation } from '../../conversations/kit/client-run.js';
import type { Side } from '../kit/hold.js';
import { rowsBetween } from './departures.js';
import { client, conversationOf } from './game.js';
import type { World } from './world.js';

export const clientSide: Side<World> = {
  game: client,
  run: (http, acts) => runClientConversation(http as never, conversationOf(acts)),
  rowsBetween,
  bytesDiffer: (acts) =>
    /ask \((GET|HEAD|CONNECT)/.test(acts[0] ?? '') && /write|text/.test(acts.join()) ? 'framed-body' : undefined,
};

/** Acts, at most, behind which each transition was taken that can be taken at all. */
export const CLIENT_DEPTH = 4;

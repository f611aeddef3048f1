/** The server's sides of the walks. */
import { runConversation } from '../../conversations/kit/run.js';
import type { Side } from '../kit/hold.js';
import { leaves, rowsBetween } from './departures.js';
import { serverGames } from './games.js';
import type { World } from './world.js';

export interface ServerSide extends Side<World> {
  readonly name: string;
  readonly depth: number;
  /** Its walks take seconds. */
  readonly isSlow: boolean;
}

/** The first two have the most acts. */
export const serverSides = serverGames.map(
  ({ name, game, depth, isSlow, conversationOf }): ServerSide => ({
    name,
    game,
    depth,
    isSlow,
    run: (http, acts) => runConversation(http as never, conversationOf(acts)),
    rowsBetween,
    leaves,
    bytesDiffer: () => undefined,
  }),
) as [ServerSide, ServerSide, ...ServerSide[]];

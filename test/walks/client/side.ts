/** The client's side of the walks. */
import { runClientConversation } from '../../conversations/kit/client-run.js';
import { HOST } from '../../conversations/kit/host.js';
import type { Side } from '../kit/hold.js';
import { leaves, rowsBetween } from './departures.js';
import { client, conversationOf } from './game.js';
import type { World } from './world.js';

function bytesDiffer(acts: readonly string[]): string | undefined {
  const [asked = ''] = acts;
  if (/request \((GET|HEAD|CONNECT)/.test(asked) && /write|text/.test(acts.join())) return 'framed-body';
  return HOST < 24 && /keeps.*(destroy|abort)/.test(asked) ? 'unused-socket' : undefined;
}

export const clientSide: Side<World> = {
  game: client,
  run: (http, acts) => runClientConversation(http as never, conversationOf(acts)),
  rowsBetween,
  leaves,
  bytesDiffer,
};

/** The number of acts within which every reachable transition is taken. */
export const CLIENT_DEPTH = 4;

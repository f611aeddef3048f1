/** The client, as it is walked. */
import { runClientConversation } from '../../conversations/kit/client-run.js';
import { HOST } from '../../conversations/kit/host.js';
import type { Side } from '../kit/hold.js';
import { leaves, rowsBetween } from './departures.js';
import { client, conversationOf } from './game.js';
import type { World } from './world.js';

function bytesDiffer(acts: readonly string[]): string | undefined {
  const [asked = ''] = acts;
  if (/ask \((GET|HEAD|CONNECT)/.test(asked) && /write|text/.test(acts.join())) return 'framed-body';
  return HOST < 24 && /keeps.*(destroy|abort)/.test(asked) ? 'unused-socket' : undefined;
}

export const clientSide: Side<World> = {
  game: client,
  run: (http, acts) => runClientConversation(http as never, conversationOf(acts)),
  rowsBetween,
  leaves,
  bytesDiffer,
};

/** Acts, at most, behind which each transition was taken that can be taken at all. */
export const CLIENT_DEPTH = 4;

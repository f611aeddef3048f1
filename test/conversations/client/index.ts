/** All client conversations, by group. */
import type { ClientConversation } from '../kit/client-conversation.js';
import { answers } from './answers.js';
import { destroying } from './destroying.js';
import { framing } from './framing.js';
import { heads } from './heads.js';
import { interim } from './interim.js';
import { malformed } from './malformed.js';
import { orders } from './orders.js';
import { tunnels } from './tunnels.js';
import { vanishing } from './vanishing.js';

export const clientConversations: Readonly<Record<string, readonly ClientConversation[]>> = {
  orders,
  framing,
  heads,
  answers,
  interim,
  tunnels,
  malformed,
  vanishing,
  destroying,
};

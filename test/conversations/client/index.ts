/** All client conversations, by group. */
import type { ClientConversation } from '../kit/client-conversation.js';
import { answers } from './answers.js';
import { calls } from './calls.js';
import { connecting } from './connecting.js';
import { destroying } from './destroying.js';
import { flow } from './flow.js';
import { framing } from './framing.js';
import { heads } from './heads.js';
import { interim } from './interim.js';
import { malformed } from './malformed.js';
import { orders } from './orders.js';
import { pooling } from './pooling.js';
import { refusals } from './refusals.js';
import { throwing } from './throwing.js';
import { timeouts } from './timeouts.js';
import { tunnels } from './tunnels.js';
import { vanishing } from './vanishing.js';

export const clientConversations: Readonly<Record<string, readonly ClientConversation[]>> = {
  orders,
  refusals,
  framing,
  heads,
  connecting,
  answers,
  interim,
  tunnels,
  calls,
  flow,
  timeouts,
  pooling,
  malformed,
  vanishing,
  destroying,
  throwing,
};

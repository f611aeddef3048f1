/** All client conversations, by group. */
import type { ClientConversation } from '../kit/client-conversation.js';
import { agents } from './agents.js';
import { calls } from './calls.js';
import { ceasing } from './ceasing.js';
import { connecting } from './connecting.js';
import { destroying } from './destroying.js';
import { duplexes } from './duplexes.js';
import { flow } from './flow.js';
import { framing } from './framing.js';
import { heads } from './heads.js';
import { interim } from './interim.js';
import { leftovers } from './leftovers.js';
import { lengths } from './lengths.js';
import { malformed } from './malformed.js';
import { oddities } from './oddities.js';
import { orders } from './orders.js';
import { queueing } from './queueing.js';
import { refusals } from './refusals.js';
import { responses } from './responses.js';
import { reusing } from './reusing.js';
import { streams } from './streams.js';
import { throwing } from './throwing.js';
import { timeouts } from './timeouts.js';
import { tunnels } from './tunnels.js';
import { unconnected } from './unconnected.js';
import { vanishing } from './vanishing.js';

export const clientConversations: Readonly<Record<string, readonly ClientConversation[]>> = {
  orders,
  refusals,
  framing,
  lengths,
  heads,
  connecting,
  duplexes,
  unconnected,
  responses,
  interim,
  tunnels,
  calls,
  flow,
  ceasing,
  timeouts,
  agents,
  reusing,
  queueing,
  leftovers,
  malformed,
  vanishing,
  destroying,
  throwing,
  streams,
  oddities,
};

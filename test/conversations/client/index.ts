/** All client conversations, by group. */
import type { ClientConversation } from '../kit/client-conversation.js';
import { orders } from './orders.js';

export const clientConversations: Readonly<Record<string, readonly ClientConversation[]>> = {
  orders,
};

/** All server conversations, by group. */
import type { Conversation } from '../kit/conversation.js';
import { answers } from './answers.js';
import { heads } from './heads.js';

export const serverConversations: Readonly<Record<string, readonly Conversation[]>> = {
  answers,
  heads,
};

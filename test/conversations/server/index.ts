/** All server conversations, by group. */
import type { Conversation } from '../kit/conversation.js';
import { aborting } from './aborting.js';
import { answers } from './answers.js';
import { bodies } from './bodies.js';
import { closing } from './closing.js';
import { expectations } from './expect.js';
import { flow } from './flow.js';
import { heads } from './heads.js';
import { limits } from './limits.js';
import { listed } from './listed.js';
import { malformed } from './malformed.js';
import { oddities } from './oddities.js';
import { pipelining } from './pipelining.js';
import { reading } from './reading.js';
import { throwing } from './throwing.js';
import { timeouts } from './timeouts.js';
import { upgrade } from './upgrade.js';

export const serverConversations: Readonly<Record<string, readonly Conversation[]>> = {
  answers,
  heads,
  bodies,
  flow,
  reading,
  pipelining,
  expect: expectations,
  upgrade,
  closing,
  aborting,
  malformed,
  limits,
  timeouts,
  throwing,
  oddities,
  listed,
};

/** All server conversations, by group. */
import type { Conversation } from '../kit/conversation.js';
import { aborting } from './aborting.js';
import { bodies } from './bodies.js';
import { brokenBodies } from './broken-bodies.js';
import { closing } from './closing.js';
import { duplexes } from './duplexes.js';
import { expectations } from './expect.js';
import { flow } from './flow.js';
import { halves } from './halves.js';
import { heads } from './heads.js';
import { lengths } from './lengths.js';
import { limits } from './limits.js';
import { listed } from './listed.js';
import { malformed } from './malformed.js';
import { oddities } from './oddities.js';
import { pipelining } from './pipelining.js';
import { reading } from './reading.js';
import { responses } from './responses.js';
import { throwing } from './throwing.js';
import { timeouts } from './timeouts.js';
import { upgrade } from './upgrade.js';
import { waiting } from './waiting.js';

export const serverConversations: Readonly<Record<string, readonly Conversation[]>> = {
  responses,
  heads,
  bodies,
  lengths,
  flow,
  reading,
  pipelining,
  waiting,
  expect: expectations,
  upgrade,
  closing,
  halves,
  aborting,
  brokenBodies,
  malformed,
  limits,
  timeouts,
  throwing,
  duplexes,
  oddities,
  listed,
};

/** How something has ended, for those who explain what is over. */
import { changesOf, lastMoment, msSince } from '../engine/history.js';
import type { Facts } from '../events/facts.js';
import { unpacked, verdictText } from '../rules/ending.js';
import { duration } from './phrases.js';

type Ended = Exclude<Facts, { kind: 'agent' | 'server' | 'handedOver' }>;

function textOf(facts: Ended): string {
  if ('verdict' in facts)
    return facts.verdict === undefined ? 'is closed' : `ended ${verdictText(unpacked(facts.verdict))}`;
  const { body } = facts.state;
  return body === 'complete' || body === 'bare' ? 'came whole, and is over' : 'was cut';
}

/** 'ended UA: you have ended it, before the response was whole; over for 3.2 s'. */
export function endingOf(facts: Ended): string {
  const last = facts.track === undefined ? undefined : changesOf(facts.track).at(-1);
  const since = last === undefined ? '' : `; over for ${duration(msSince(last.at, lastMoment()))}`;
  return `${textOf(facts)}${since}`;
}

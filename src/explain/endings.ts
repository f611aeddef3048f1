/** How something has ended, for those who explain what is over. */
import { changesOf, lastMoment, msSince } from '../engine/history.js';
import type { Facts } from '../events/facts.js';
import { duration } from './phrases.js';

type Ended = Exclude<Facts, { kind: 'agent' | 'server' }>;

/** Events that end more than themselves, with what they mean. The first that an actor's place has noted last is the reason. */
const REASONS: Readonly<Record<string, string>> = {
  'user.destroy': 'you destroyed it',
  'user.abort': 'you aborted it',
  'user.closeIdle': 'the server closed idle connections',
  'net.refused': 'there was no connection',
  'net.failed': 'the socket failed',
  'net.ended': 'the peer sent FIN',
  'net.shut': 'the socket took no more',
  'wire.malformed': "the peer's bytes were malformed",
  'wire.truncated': "the peer's message was cut",
  'clock.expired': 'a deadline passed',
  'net.timedOut': 'the socket timed out',
  'net.closed': 'the socket closed',
};

function stateText({ kind, state }: Ended): string {
  switch (kind) {
    case 'response':
      return state.line === 'closed' ? 'was sent' : 'was not sent to its end';
    case 'request':
      return ['read', 'over', 'spoiled', 'complete'].includes(String(state.response))
        ? 'has its response'
        : 'has no whole response';
    case 'incomingRequest':
    case 'incomingResponse':
      return state.body === 'complete' || state.body === 'bare' ? 'came whole, and is over' : 'was cut';
    default:
      return 'is closed';
  }
}

const isGood = (text: string): boolean => !text.includes(' n') && text !== 'was cut';

/** 'was not sent to its end: you destroyed it; over since 3.2 s'. */
export function endingOf(facts: Ended): string {
  const text = stateText(facts);
  const changes = facts.track === undefined ? [] : changesOf(facts.track);
  const last = changes.at(-1);
  const reasons = changes.map(({ event }) => REASONS[event]).filter((reason) => reason !== undefined);
  const reason =
    isGood(text) && facts.kind !== 'connection' && facts.kind !== 'clientConnection' ? undefined : reasons[0];
  const since = last === undefined ? '' : `; over for ${duration(msSince(last.at, lastMoment()))}`;
  return `${text}${reason === undefined ? '' : `: ${reason}`}${since}`;
}

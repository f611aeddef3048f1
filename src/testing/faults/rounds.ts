/**
 * The script of a server, in rounds: a round is what it does for one request. A connection takes the first round that no other has
 * taken, when its request comes; so a request that is repeated on a new connection gets the next round. When all are taken, the last
 * one is played again.
 */
import type { PeerStep, RefusalCode, Script } from './script.js';

/** A step, with its index in the script. */
export interface IndexedStep {
  readonly step: PeerStep;
  readonly at: number;
}

export interface Round {
  /** The connection can't be opened. */
  readonly refused: RefusalCode | undefined;
  /** What is done when the connection is open, before a request has come. */
  readonly before: readonly IndexedStep[];
  /** The index of its `read()`; undefined if it reads no request. */
  readonly readAt: number | undefined;
  /** What is done when a request has come. */
  readonly after: readonly IndexedStep[];
}

/** After these nothing more is done on a connection. */
export const isLast = ({ do: word }: PeerStep): boolean => word === 'fin' || word === 'reset' || word === 'silence';

export function roundsOf(script: Script): Round[] {
  const rounds: Round[] = [];
  let before: IndexedStep[] = [];
  let after: IndexedStep[] = [];
  let readAt: number | undefined;
  const push = (): void => {
    if (readAt !== undefined || before.length > 0) rounds.push({ refused: undefined, before, readAt, after });
    before = [];
    after = [];
    readAt = undefined;
  };
  for (const [at, step] of script.entries()) {
    if (step.do === 'refuse') {
      push();
      rounds.push({ refused: step.code, before: [], readAt: undefined, after: [] });
      continue;
    }
    if (step.do === 'read') {
      if (readAt !== undefined) push();
      readAt = at;
      continue;
    }
    (readAt === undefined ? before : after).push({ step, at });
    if (isLast(step)) push();
  }
  push();
  return rounds;
}

/** The numbers of words, for those who write them. */
import type { Stepping } from '../engine/step.js';
import { CALLED_FOR, CALLS, CHARTS } from './vocabulary.js';

const numbers = (names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name, at) => [name, at]));
const charts = numbers(CHARTS);
export const calledForNumbers = numbers(CALLED_FOR);
export const callNumbers = numbers(CALLS);
const RESPONSE = CHARTS.indexOf('response');
const CONNECTION = CHARTS.indexOf('connection');
const INCOMING = CHARTS.indexOf('incomingRequest');

/** The most frequent first: comparing names is faster than a Map. */
export function chartNumber({ id }: Stepping): number {
  if (id === 'response') return RESPONSE;
  if (id === 'connection') return CONNECTION;
  if (id === 'incomingRequest') return INCOMING;
  return charts.get(id) ?? 0;
}

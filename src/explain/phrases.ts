/** What `explain` prints. */
import type { ReaderFacts, SocketFacts } from '../events/facts.js';
import type { Ends, Explanation, Wait } from './explanation.js';

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'];
export const ordinal = (position: number): string => ordinals[position - 1] ?? `number ${position}`;

/** What a reader has not done. */
export function readerText(reader: ReaderFacts): string {
  if (reader.buffered === 0 && reader.awaitsEnd) return ": 'end' has a listener, but nothing reads, not even resume()";
  const waiting = reader.buffered > 0 ? `: ${size(reader.buffered)} are here` : '';
  return reader.flowing === false ? `${waiting === '' ? ': ' : `${waiting}, but `}you have paused it` : waiting;
}

export const inSocket = ({ inSocket: bytes }: SocketFacts): string =>
  bytes > 0 ? `: ${size(bytes)} in the socket` : '';

function sinceText({ since, atLeast }: Wait): string {
  if (since === undefined) return 'since before history began';
  return atLeast ? `for at least ${duration(since)}` : duration(since);
}

function endsText(ends: Ends | undefined, role: Explanation['role']): string {
  if (ends === undefined) return role === 'server' ? 'nothing ends this (server.timeout is 0)' : 'nothing ends this';
  if (ends.isInactivity) return `${ends.timer} ends this after ${duration(ends.left)} without traffic`;
  return ends.left <= 0 ? `${ends.timer} ends this now` : `${ends.timer} ends this in ${duration(ends.left)}`;
}

export function lineOf(explanation: Explanation): string {
  const { id, what, waits, ends, role, ended, askedBy } = explanation;
  const head = `${id.padEnd(6)} ${what}`;
  const chain = askedBy === undefined ? '' : `; asked by ${askedBy}`;
  if (ended !== undefined) return `${head}   ${ended}${chain}`;
  const texts = waits.map((wait) => `${wait.text}, ${sinceText(wait)}`);
  const passes = id === '-' || waits.every(({ who }) => who === 'engine' && ends === undefined);
  return `${head}   waits ${texts.join('; and ')}${passes ? '' : `; ${endsText(ends, role)}`}${chain}`;
}

/** What `explain` prints. */
import type { Held, ReaderFacts, SocketFacts } from '../events/facts.js';
import type { Ends, Explanation, Wait } from './explanation.js';
import type { WaitCode } from './waits.js';

/** The phrases that need no facts. */
export const TEXT: Readonly<Record<WaitCode, string>> = {
  firstRequest: "for the peer's first request",
  nextRequest: "for the peer's next request",
  head: 'for the peer to send the rest of the head',
  body: 'for the peer to send the rest of the body',
  continue: 'for the peer to send 100 Continue, or a response',
  response: 'for the peer to respond',
  finalResponse: 'for the final response, after an interim one',
  peerReads: 'for the peer to read',
  peerCloses: 'for the peer to close the connection, after our FIN',
  connections: 'for connections',
  handshake: 'for the peer to finish the TLS handshake',
  closing: 'for its connections to close',
  respond: 'for you to respond',
  endResponse: 'for you to end the response',
  endRequest: 'for you to end the request',
  allowContinue: 'for you to call writeContinue() or to respond: the peer expects 100 Continue',
  readBody: 'for you to read the body',
  unread: 'for you to read the body',
  uncork: 'for you to call uncork()',
  assign: 'for you to assign a socket to it',
  listen: 'for you to call listen()',
  use: 'for a request of yours',
  program: 'for you: the socket is yours since it has left HTTP',
  socket: 'for a socket',
  connect: 'for the connection to be opened',
  close: 'for the socket to close',
  turn: 'for its turn',
  soon: 'for the end of this turn of the event loop',
};

export const CORKED_SOCKET = 'for you to call uncork() of the socket, which you have corked';

/** What the program has to do with its socket before the peer can be read. */
export const HELD: Readonly<Record<Held, string>> = {
  paused: 'for you to resume the socket, which you have paused',
  readable: "for you to read the socket, at which you listen to 'readable'",
  taken: "for you: the bytes of the socket are yours since you have removed our listener of 'data'",
};

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
  if (reader.flowing !== false) return waiting;
  const cause = reader.piped ? 'where it is piped to takes no more' : 'you have paused it';
  return `${waiting === '' ? ': ' : `${waiting}, but `}${cause}`;
}

export const inSocket = ({ inSocket: bytes }: SocketFacts): string =>
  bytes > 0 ? `: ${size(bytes)} in the socket` : '';

function sinceText({ since, atLeast }: Wait): string {
  if (since === undefined) return 'since before history began';
  return atLeast ? `for at least ${duration(since)}` : duration(since);
}

/** `why`: why nothing ends it, if there is something to say. */
type Phrased = Explanation & { readonly why?: string | undefined };

function endsText({ ends, besides, why }: Phrased): string {
  if (ends !== undefined) return `${timerText(ends)}${besides === undefined ? '' : `, or ${besides}`}`;
  if (besides !== undefined) return `nothing ends this but ${besides}`;
  return `nothing ends this${why === undefined ? '' : ` (${why})`}`;
}

function timerText({ timer, left, isInactivity }: Ends): string {
  if (isInactivity) return `${timer} ends this after ${duration(left)} without traffic`;
  return left <= 0 ? `${timer} ends this now` : `${timer} ends this in ${duration(left)}`;
}

/** What a program's listener of 'timeout' may do. */
export const listenerText = ({ timeout }: SocketFacts): string =>
  `your listener of 'timeout', after ${duration(timeout)} without traffic`;

/** What is waited for, and what ends it. */
export function waitsText(explanation: Explanation): string {
  const { id, waits, ends, ended, askedBy } = explanation;
  const chain = askedBy === undefined ? '' : `; asked by ${askedBy}`;
  if (ended !== undefined) return `${ended}${chain}`;
  // A message that the program has made has no history.
  const isMade = (wait: Wait): boolean => id === '-' && wait.since === undefined;
  const texts = waits.map((wait) => (isMade(wait) ? wait.text : `${wait.text}, ${sinceText(wait)}`));
  // The system closes a socket by itself.
  const isSoon = ({ who, for: code }: Wait): boolean => who === 'engine' || code === 'close';
  const passes = id === '-' || (ends === undefined && waits.every(isSoon));
  return `waits ${texts.join('; and ')}${passes ? '' : `; ${endsText(explanation)}`}${chain}`;
}

/** A line of a list. */
export const lineOf = (explanation: Explanation): string =>
  `${explanation.id.padEnd(6)} ${explanation.what}   ${waitsText(explanation)}`;

/** The same, inside a text. */
export function phraseOf(explanation: Explanation): string {
  const subject = `${explanation.id} ${explanation.what}`.replace(/^- /, '').trimEnd();
  return `${subject} · ${waitsText(explanation)}`;
}

export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

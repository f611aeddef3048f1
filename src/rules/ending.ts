/**
 * How an exchange ends: who has ended it, and when. Pure, from the state before and the event.
 *
 * Rule 1: whether something ends is a decision of the charts; here it only gets its name.
 * Rule 2: what comes first counts. The names are those of docs/endings.md, which is made of these tables.
 */
import type { StateOf } from '../events/charts.js';
import type { EndedBy, EndedIn, EndedTimer, Verdict } from '../events/ending.js';

/** Who, in words. */
export const BY: Readonly<Record<EndedBy, string>> = {
  '-': 'nobody',
  P: 'the peer has sent FIN',
  R: 'the peer has reset the connection',
  U: 'you have ended it',
  T: 'a deadline has passed',
  E: 'statewire has refused it',
  S: 'the system has failed',
  D: 'the server closes or drains',
};

/** When, in words. */
export const IN: Readonly<Record<EndedIn, string>> = {
  '-': 'the response is whole',
  Q: 'in the queue of its agent',
  C: 'before the connection was open',
  H: 'before the head of the request was whole, or taken',
  B: 'before the body of the request was whole',
  W: 'before a response had begun',
  A: 'before the response was whole',
  F: 'before the last bytes of the response had left, or were read',
  I: 'while the connection was idle',
};

/** Who causes each event that can end something. `byError`: the code of its error says it. */
export const BY_EVENT: Readonly<Record<string, EndedBy | 'byError'>> = {
  'net.ended': 'P',
  'wire.truncated': 'P',
  'net.failed': 'byError',
  'net.refused': 'byError',
  'wire.malformed': 'byError',
  'clock.expired': 'T',
  'net.timedOut': 'T',
  'user.destroy': 'U',
  'user.abort': 'U',
  'user.forsake': 'U',
  'response.cancelled': 'U',
  // The socket closes, and nothing else has happened: the program has destroyed it.
  'net.closed': 'U',
  'net.finished': 'U',
  'user.closeIdle': 'D',
  'clock.polled': 'D',
  'server.cutting': 'D',
  // A change of protocol that nobody listens for, a second response to one request, or bytes that no request has asked for.
  'wire.head': 'E',
};

/** By the code of an error. The first that fits. */
export const BY_ERROR: readonly (readonly [RegExp, EndedBy])[] = [
  // A FIN inside a message, as the parser says it, or inside a TLS handshake.
  [/^(HPE_INVALID_EOF_STATE|CUT_HANDSHAKE)$/, 'P'],
  [/^HPE_/, 'E'],
  [/^ERR_HTTP_REQUEST_TIMEOUT$/, 'T'],
  [/^(ECONNRESET|EPIPE|ECONNABORTED)$/, 'R'],
  [/^(E(AI_)?[A-Z0-9]+|ERR_(SSL|TLS|PROXY)_\w+|ERR_SOCKET_CONNECTION_TIMEOUT)$/, 'S'],
  // What is wrong with a certificate (X509_V_ERR of OpenSSL).
  [
    /^(\w*_?(CERT|CRL)_?\w*|UNABLE_TO_\w+|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|OUT_OF_MEM)$/,
    'S',
  ],
];

/** An error without such a code is the program's: `socket.destroy(error)`. */
function byError(code: unknown): EndedBy {
  return BY_ERROR.find(([codes]) => codes.test(String(code)))?.[1] ?? 'U';
}

/** What errors of sockets have. */
interface Fault {
  readonly code?: unknown;
  readonly syscall?: unknown;
  /** Those of the attempts to open a connection: an AggregateError. */
  readonly errors?: unknown;
}

/** What is read of an error is the program's, and may throw. */
function faultOf(error: unknown): Fault & { readonly isLocal: boolean } {
  try {
    const fault = Object(error) as Fault;
    const { code, syscall, errors } = fault;
    return { code, syscall, errors, isLocal: 'localAddress' in fault };
  } catch {
    return { isLocal: false };
  }
}

/** The code of an error. For a FIN in a TLS handshake Node has that of a reset, which no system call has seen. */
export function codeOf(error: unknown): unknown {
  const { code, syscall, isLocal } = faultOf(error);
  return code === 'ECONNRESET' && syscall === undefined && isLocal ? 'CUT_HANDSHAKE' : code;
}

/** Whether the program has made an error of a socket, as far as its code says: `socket.destroy(error)`. */
export const isOfProgram = (error: unknown): boolean => byError(codeOf(error)) === 'U';

/** @param code of the error that comes with the event, if one does */
export function endedBy(event: string, code: unknown): EndedBy {
  const by = BY_EVENT[event] ?? 'U';
  return by === 'byError' ? byError(code) : by;
}

/** Whether a connection could not be opened: by the system call, or by the code. */
export function isOfOpening(error: unknown): boolean {
  const { syscall, errors } = faultOf(error);
  const isCall = syscall === 'connect' || syscall === 'getaddrinfo' || syscall === 'bind';
  return (
    isCall ||
    Array.isArray(errors) ||
    /^(ERR_SOCKET_CONNECTION_TIMEOUT|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/.test(
      String(codeOf(error)),
    )
  );
}

type Message = StateOf<'response'>['message'];

/** When a response was cut, by what the program had handed over. */
export const RESPONSE: Readonly<Partial<Record<Message, EndedIn>>> = {
  composing: 'W',
  streaming: 'A',
  bare: 'A',
  queued: 'F',
  flushing: 'F',
};

/** @param awaitsBody the body of the request is not whole */
export function responseEndedIn({ message }: Pick<StateOf<'response'>, 'message'>, awaitsBody: boolean): EndedIn {
  return message === 'composing' && awaitsBody ? 'B' : (RESPONSE[message] ?? 'F');
}

/** When a request was cut before a response came, by what the program had handed over. */
export const REQUEST: Readonly<Partial<Record<Message, EndedIn>>> = {
  composing: 'H',
  streaming: 'B',
  bare: 'B',
  flushing: 'B',
  finished: 'W',
};

type RequestState = Pick<StateOf<'request'>, 'message' | 'response' | 'line'>;

/** What the states of a request don't say. */
export interface RequestSituation {
  /** Its agent has no room for another socket. */
  readonly isQueued: boolean;
  /** It has a socket, which is open. */
  readonly isConnected: boolean;
}

/** '-': its response was read, and all of the request was sent. */
export function requestEndedIn(
  { message, response, line }: RequestState,
  { isQueued, isConnected }: RequestSituation,
): EndedIn {
  if (line === 'upgraded' || line === 'released') return '-';
  if (isQueued) return 'Q';
  if (!isConnected) return 'C';
  if (typeof response === 'object') return REQUEST[message] ?? 'B';
  if (response === 'reading') return 'A';
  if (message !== 'finished') return 'B';
  return response === 'complete' || response === 'cancelled' ? 'F' : '-';
}

/**
 * Whether nothing is missing of a request and its response when their socket closes. The socket is ended after the last response
 * of its connection, even if a part of its request has not left.
 */
export const isWhole = ({ message, response }: RequestState): boolean =>
  response === 'over' || (message === 'finished' && ['complete', 'read', 'spoiled'].includes(response as string));

/** Whether the chart gives a request up by the event, although its line stays: its response is cut. */
export const cutsResponse = (before: RequestState, event: string, after: RequestState): boolean =>
  (event === 'net.ended' && before.response === 'reading') ||
  (before.response !== 'cancelled' && after.response === 'cancelled');

/** Whether the chart has given the message up: its line is gone now, and was not before. */
export function isGivenUp(
  before: Pick<StateOf<'request'> | StateOf<'response'>, 'line'>,
  after: Pick<StateOf<'request'> | StateOf<'response'>, 'line'>,
): boolean {
  return !isGone(before) && isGone(after);
}

/** Whether the message has no socket yet. */
export const hasNoLine = ({ line }: { readonly line: unknown }): boolean =>
  line === 'waiting' || line === 'unassigned' || line === 'again';

export const isGone = ({ line }: { readonly line: unknown }): boolean =>
  typeof line === 'object' && line !== null && 'gone' in line;

/**
 * When a server's connection was cut.
 * @param isInHead the peer was sending a head, or something in its place
 * @param oldest when the oldest response that is due was cut; undefined if none is
 */
export function connectionEndedIn(
  { reading }: StateOf<'connection'>,
  isInHead: boolean,
  oldest: EndedIn | undefined,
): EndedIn {
  if (oldest !== undefined) return oldest;
  if (isInHead) return 'H';
  return reading === 'readingBody' ? 'B' : 'I';
}

/** Whether a head has begun, and is not whole: an exchange without a message. */
export function hasBegunHead(reading: StateOf<'connection'>['reading']): boolean {
  return typeof reading === 'object' && 'awaiting' in reading && reading.awaiting === 'begun';
}

const LETTERS_BY = Object.keys(BY) as EndedBy[];
const LETTERS_IN = Object.keys(IN) as EndedIn[];
export const TIMERS: readonly (EndedTimer | undefined)[] = [
  undefined,
  'headersTimeout',
  'requestTimeout',
  'keepAliveTimeout',
  'server.timeout',
  'setTimeout',
  'timeout',
];
const SIDES = [undefined, 'peer', 'us'] as const;

/** As one small number; 0 for `--` without anything else. */
export function packed({ by, in: when, timer, closedFirst, status }: Verdict): number {
  const letters = LETTERS_BY.indexOf(by) * 16 + LETTERS_IN.indexOf(when);
  return ((status * 4 + SIDES.indexOf(closedFirst)) * 8 + TIMERS.indexOf(timer)) * 128 + letters;
}

export function unpacked(number: number): Verdict {
  const letters = number % 128;
  const timer = Math.floor(number / 128) % 8;
  const side = Math.floor(number / 1024) % 4;
  return {
    by: LETTERS_BY[letters >> 4] as EndedBy,
    in: LETTERS_IN[letters & 15] as EndedIn,
    timer: TIMERS[timer],
    closedFirst: SIDES[side],
    status: Math.floor(number / 4096),
  };
}

/** Which side has closed first, if somebody has ended it. */
export function closedFirst(by: EndedBy): 'peer' | 'us' | undefined {
  if (by === '-' || by === 'S') return undefined;
  return by === 'P' || by === 'R' ? 'peer' : 'us';
}

/** What an event makes of something that has come so far. */
export function verdictOf(event: string, code: unknown, when: EndedIn, timer?: EndedTimer): number {
  const by = endedBy(event, code);
  return packed({ by, in: when, timer, closedFirst: closedFirst(by), status: 0 });
}

/** 'PW: the peer has sent FIN, before a response had begun'; for a deadline with its name. */
export function verdictText({ by, in: when, timer }: Verdict): string {
  if (by === '-' && when === '-') return `--: ${IN[when]}`;
  const who = timer === undefined ? BY[by] : by === 'T' ? `${timer} has passed` : `${BY[by]} after ${timer} had passed`;
  return `${by}${when}: ${who}, ${IN[when]}`;
}

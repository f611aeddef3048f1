/** All that the future of a client's walk depends on, beside where its machines are: plain data. */
import type { Reader } from '../kit/readable.js';
import type { Setup } from './setup.js';

/** The request that has, or awaits, the socket. */
export interface Request {
  readonly number: number;
  readonly setup: Setup;
  /** `_header`: the head is fixed; it has left (or waits with the writer). */
  headed: boolean;
  headSent: boolean;
  /** The program makes the head: it isn't told of. */
  makesHead: boolean;
  /** `_hasBody`, `_lacksContent`, `finished`, `destroyed`, `aborted`, `shouldKeepAlive`. */
  hasBody: boolean;
  lacksContent: boolean;
  ended: boolean;
  destroyed: boolean;
  aborted: boolean;
  keeps: boolean;
  /** The writer of the socket is bound; until then pieces are kept. */
  bound: boolean;
  /** Characters kept, and in how many pieces. */
  kept: number;
  pieces: number;
  /** The last byte is among the pieces. */
  keptEnd: boolean;
  /** What `write` returns. */
  goesOn: boolean;
  reused: boolean;
  /** 'timeout' was told. */
  timedOut: boolean;
  /** All that was written can be written again; undefined: never asked. */
  again: boolean | undefined;
  resends: boolean;
  fault: string | undefined;
  reason: string | undefined;
  closed: boolean;
  /** It has left the queue of its agent. */
  withdrawn: boolean;
  /** The answer says close. */
  isAnsweredLast: boolean;
  /** The listener of an event of the answer, or of the socket, has done what was planned. */
  waited: boolean;
  /** The number of the socket that such a listener is on: the first that the request has. */
  heardOn: number | undefined;
}

export interface Line {
  /** 0 until a request was told of it. */
  number: number;
  phase: 'connecting' | 'open' | 'closed';
  destroyed: boolean;
  peerEnded: boolean;
  /** Our FIN is said, or will be. */
  ended: boolean;
  /** The reader keeps the gate shut. */
  shut: boolean;
  holder: 'nobody' | 'request' | 'idle' | 'somebody else';
  served: boolean;
  hasSpoken: boolean;
  parsing: Parsing;
}

/** Where the parser is: between messages, in a head, in a body with so many characters left, or broken. */
export type Parsing =
  | { readonly at: 'start' | 'half a head' | 'broken' }
  | { readonly at: 'body'; readonly framing: 'counted' | 'chunked' | 'endless'; readonly left: number };

export interface State {
  /** The row for which the host has gone another way. */
  parted: string | undefined;
  asked: number;
  sockets: number;
  /** A connection was asked for, and isn't given. */
  wanted: boolean;
  request: Request | undefined;
  reader: Reader | undefined;
  readers: number;
  line: Line | undefined;
}

export const EMPTY: State = {
  parted: undefined,
  asked: 0,
  sockets: 0,
  wanted: false,
  request: undefined,
  reader: undefined,
  readers: 0,
  line: undefined,
};

export function copyOf(state: State): State {
  const { request, reader, line } = state;
  return { ...state, request: request && { ...request }, reader: reader && { ...reader }, line: line && { ...line } };
}

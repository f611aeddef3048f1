/** Everything besides the machines' states that the future of a client's walk depends on: plain data. */
import type { Reader } from '../kit/readable.js';
import type { Setup } from './setup.js';

/** The request that has or awaits the socket. */
export interface Request {
  readonly number: number;
  readonly setup: Setup;
  /** `_header`: the head is fixed; it was sent (or handed to the writer). */
  headed: boolean;
  headSent: boolean;
  /** The program makes the head: no 'user.head' is sent. */
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
  /** The number of kept characters, and of kept pieces. */
  kept: number;
  pieces: number;
  /** The last byte is among the pieces. */
  keptEnd: boolean;
  /** The result of `write`. */
  goesOn: boolean;
  reused: boolean;
  /** 'timeout' was emitted. */
  timedOut: boolean;
  /** Everything written can be written again; undefined: not yet decided. */
  again: boolean | undefined;
  resends: boolean;
  fault: string | undefined;
  reason: string | undefined;
  closed: boolean;
  /** It has left the queue of its agent. */
  withdrawn: boolean;
  /** The response contains close. */
  responseCloses: boolean;
  /** The listener of an event of the response, or of the socket, has made the planned calls. */
  waited: boolean;
  /** The number of the socket with such a listener: the first socket of the request. */
  plannedOn: number | undefined;
}

export interface Line {
  /** 0 until a request has emitted it. */
  number: number;
  phase: 'connecting' | 'open' | 'closed';
  destroyed: boolean;
  peerEnded: boolean;
  /** Our FIN was sent, or will be. */
  ended: boolean;
  /** The reader keeps the gate shut. */
  shut: boolean;
  holder: 'nobody' | 'request' | 'idle' | 'program';
  /** The program has emitted 'agentRemove' on it. */
  removed: boolean;
  served: boolean;
  hasSpoken: boolean;
  parsing: Parsing;
}

/** The position of the parser: between messages, in a head, in a body with `left` characters to come, or broken. */
export type Parsing =
  | { readonly at: 'start' | 'half a head' | 'broken' }
  | { readonly at: 'body'; readonly framing: 'counted' | 'chunked' | 'endless'; readonly left: number };

export interface State {
  /** `eventOrder` is 'host'. */
  readonly hostOrder: boolean;
  /** The row for which the host has parted. */
  parted: string | undefined;
  asked: number;
  sockets: number;
  /** A connection was requested, and is not there yet. */
  wanted: boolean;
  request: Request | undefined;
  reader: Reader | undefined;
  readers: number;
  line: Line | undefined;
}

export const EMPTY: State = {
  hostOrder: false,
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

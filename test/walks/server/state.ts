/** Everything besides the machines' states that the future of a server's walk depends on: plain data. */
import type { Reader } from '../kit/readable.js';
import type { Setup } from './setup.js';

export type Kind = 'ordinary' | 'unhosted' | 'leaving' | 'surplus' | 'continue' | 'expectation';

/** A piece of a response. */
export interface Piece {
  readonly length: number;
  readonly isLast: boolean;
}

/** The data of a request and its response. */
export interface Facts {
  readonly id: number;
  /** The number among emitted requests; 0 for one that is not emitted. */
  number: number;
  readonly method: string;
  /** HTTP/1.1: a body of unknown length is sent in chunks. */
  readonly chunks: boolean;
  /** The program doesn't see the response: statewire responds itself. */
  hidden: boolean;
  headed: boolean;
  headSent: boolean;
  hasBody: boolean;
  ended: boolean;
  destroyed: boolean;
  /** It was destroyed before its turn. */
  doomed: boolean;
  /** `shouldKeepAlive`, `_last`. */
  keeps: boolean;
  last: boolean;
  awaits100: boolean;
  /** It may write: those before it have handed over their last byte, and our side hasn't sent FIN. */
  writes: boolean;
  /** The pieces that were written before that. */
  kept: readonly Piece[];
  /** It has the socket; it has given the socket back. */
  attached: boolean;
  released: boolean;
  error: string | undefined;
  waited: boolean;
  readonly reader: Reader;
}

export type Parsing =
  | { readonly at: 'start' | 'half a head' | 'broken' }
  | { readonly at: 'body'; readonly framing: 'counted' | 'chunked'; readonly left: number };

/** A write to the socket. */
export interface Write {
  readonly length: number;
  /** The responses whose last byte is in it, by their ids, and whether they share it. */
  readonly lasts: readonly number[];
  readonly isBatch: boolean;
}

export interface State {
  /** The row for which the host has parted. */
  parted: string | undefined;
  setup: Setup | undefined;
  /** The numbers of emitted requests, of exchanges, and of heads up to the limit. */
  requests: number;
  exchanges: number;
  heads: number;
  /** Which due response may write. */
  turn: number;
  /** The newest request is being read. */
  reading: boolean;
  parsing: Parsing;
  /** A message has begun, and is incomplete: its deadlines apply. */
  begun: boolean;
  /** The peer has sent trailers. */
  hadTrailers: boolean;
  /** Input is not processed. */
  shutOut: boolean;
  /** The connection is idle, and won't be for long. */
  idle: boolean;
  /** Deadlines have passed once; so has the time-out of the socket. */
  late: boolean;
  quiet: boolean;
  destroyed: boolean;
  /** It was destroyed with an error. */
  errored: boolean;
  closed: boolean;
  /** Our side has sent FIN, or will after the pending writes. */
  ended: boolean;
  finished: boolean;
  /** The number of packets that were read. */
  packets: number;
  peerEnded: boolean;
  /** The peer takes nothing. */
  stalled: boolean;
  /** Writes that the system has not accepted. */
  stuck: readonly Write[];
  needsDrain: boolean;
  /** Who stops reading the socket: a reader, the queue of responses. */
  shutByReader: boolean;
  shutByQueue: boolean;
  /** The socket was handed over to the program. */
  givenAway: boolean;
  fault: string | undefined;
  /** The server has announced that it closes. */
  announced: boolean;
  /** The server accepts connections. */
  listening: boolean;
  /** It drains; and that was cut short. */
  draining: boolean;
  cut: boolean;
}

export const EMPTY: State = {
  parted: undefined,
  setup: undefined,
  requests: 0,
  exchanges: 0,
  heads: 0,
  turn: 0,
  reading: false,
  parsing: { at: 'start' },
  begun: true,
  shutOut: false,
  idle: false,
  late: false,
  quiet: false,
  hadTrailers: false,
  destroyed: false,
  errored: false,
  closed: false,
  ended: false,
  finished: false,
  packets: 0,
  peerEnded: false,
  stalled: false,
  stuck: [],
  needsDrain: false,
  shutByReader: false,
  shutByQueue: false,
  givenAway: false,
  fault: undefined,
  announced: false,
  listening: true,
  draining: false,
  cut: false,
};

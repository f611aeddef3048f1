/** All that the future of a server's walk depends on, beside where its machines are: plain data. */
import type { Reader } from '../kit/readable.js';
import type { Setup } from './setup.js';

export type Kind = 'ordinary' | 'unhosted' | 'leaving' | 'surplus' | 'continue' | 'expectation';

/** A piece of an answer. */
export interface Piece {
  readonly length: number;
  readonly isLast: boolean;
}

/** What is known of a request and its answer. */
export interface Facts {
  readonly id: number;
  /** Of those that are told; 0 of one that is not. */
  number: number;
  readonly method: string;
  /** HTTP/1.1: a body of unknown length is sent in chunks. */
  readonly chunks: boolean;
  /** The program doesn't know of the answer: it is given here. */
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
  /** It may write: those before it have handed over their last byte, and our side hasn't said FIN. */
  writes: boolean;
  /** What was written when it might not. */
  kept: readonly Piece[];
  /** The socket is its; then it is its no more. */
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
  /** The answers whose last byte is in it, by their ids, and whether they share it. */
  readonly lasts: readonly number[];
  readonly isBatch: boolean;
}

export interface State {
  /** The row for which the host has gone another way. */
  parted: string | undefined;
  setup: Setup | undefined;
  /** Those that were told, those that have an answer, and heads as far as their number matters. */
  requests: number;
  exchanges: number;
  heads: number;
  /** Which of the answers that are due may write. */
  turn: number;
  /** The newest request is being read. */
  reading: boolean;
  parsing: Parsing;
  /** A message has begun, and isn't whole: its deadlines count. */
  begun: boolean;
  /** What comes is not processed. */
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
  /** Our side has said FIN, or will behind what is written. */
  ended: boolean;
  finished: boolean;
  /** It is destroyed with its end. */
  endsSoon: boolean;
  peerEnded: boolean;
  /** The peer takes nothing. */
  deaf: boolean;
  /** Writes that the system has not taken. */
  stuck: readonly Write[];
  needsDrain: boolean;
  /** By whom the socket is not read: a reader, the queue of answers. */
  shutByReader: boolean;
  shutByQueue: boolean;
  /** The socket is somebody else's. */
  givenAway: boolean;
  fault: string | undefined;
  /** The server has said that it closes. */
  announced: boolean;
  /** The server takes connections. */
  listening: boolean;
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
  destroyed: false,
  errored: false,
  closed: false,
  ended: false,
  finished: false,
  endsSoon: false,
  peerEnded: false,
  deaf: false,
  stuck: [],
  needsDrain: false,
  shutByReader: false,
  shutByQueue: false,
  givenAway: false,
  fault: undefined,
  announced: false,
  listening: true,
};

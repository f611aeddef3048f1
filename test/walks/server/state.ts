/** All that the future of a server's walk depends on, beside where its machines are: plain data. */
import type { Reader } from '../kit/readable.js';
import type { Setup } from './setup.js';

export type Kind = 'ordinary' | 'unhosted' | 'leaving' | 'continue' | 'expectation';

/** A request, and its answer. */
export interface Exchange {
  readonly number: number;
  readonly method: string;
  /** HTTP/1.1: a body of unknown length is sent in chunks. */
  readonly chunks: boolean;
  /** The program doesn't know of it: it is answered here. */
  readonly hidden: boolean;
  headed: boolean;
  headSent: boolean;
  hasBody: boolean;
  ended: boolean;
  destroyed: boolean;
  /** `shouldKeepAlive`, `_last`. */
  keeps: boolean;
  last: boolean;
  awaits100: boolean;
  /** The socket is its no more. */
  released: boolean;
  /** It can't write any more: our side has said FIN. */
  shut: boolean;
  error: string | undefined;
  waited: boolean;
}

export type Parsing =
  | { readonly at: 'start' | 'half a head' | 'broken' }
  | { readonly at: 'body'; readonly framing: 'counted' | 'chunked'; readonly left: number };

export interface State {
  /** The row for which the host has gone another way. */
  parted: string | undefined;
  setup: Setup | undefined;
  requests: number;
  exchange: Exchange | undefined;
  reader: Reader | undefined;
  /** The request is read, and isn't whole. */
  reading: boolean;
  parsing: Parsing;
  destroyed: boolean;
  closed: boolean;
  ended: boolean;
  peerEnded: boolean;
  shut: boolean;
  /** The socket is somebody else's. */
  parting: boolean;
  fault: string | undefined;
  closing: boolean;
}

export const EMPTY: State = {
  parted: undefined,
  setup: undefined,
  requests: 0,
  exchange: undefined,
  reader: undefined,
  reading: false,
  parsing: { at: 'start' },
  destroyed: false,
  closed: false,
  ended: false,
  peerEnded: false,
  shut: false,
  parting: false,
  fault: undefined,
  closing: false,
};

export function copyOf(state: State): State {
  const { exchange, reader } = state;
  return { ...state, exchange: exchange && { ...exchange }, reader: reader && { ...reader } };
}

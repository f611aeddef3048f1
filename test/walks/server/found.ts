/** The facts that the parser finds in the peer's input. */
import type { ProtocolChange } from '../../../src/events/connection.js';
import type { Kind } from './state.js';

export interface Head {
  readonly type: 'head';
  readonly kind: Kind;
  readonly method: string;
  readonly chunks: boolean;
  readonly persists: boolean;
  readonly changesTo: ProtocolChange;
}

export type Found =
  | Head
  | { readonly type: 'body'; readonly text: string }
  | { readonly type: 'complete'; readonly trailers?: true }
  | { readonly type: 'partial' }
  | { readonly type: 'malformed'; readonly code: string };

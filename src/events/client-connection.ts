/** The vocabulary of a client's connection: what enters its machine, and what leaves it. */
export type ClientConnectionEvent =
  /** A request has the socket now. */
  | { readonly type: 'request.assigned' }
  /** Its request and answer are over, and the connection is clean. */
  | { readonly type: 'request.released' }
  /** It leaves HTTP behind its answer. */
  | { readonly type: 'request.upgraded' }
  /** Bytes that no request asked for. */
  | { readonly type: 'wire.unsolicited' }
  | { readonly type: 'net.ended' }
  | { readonly type: 'net.failed' }
  | { readonly type: 'net.closed' };

export type ClientConnectionOrder =
  | { readonly type: 'io.destroy' }
  /** Free what is held. */
  | { readonly type: 'io.abandon' }
  /** Take everything of ours off the socket. */
  | { readonly type: 'io.detach' };

/** The vocabulary of a server's connection: what enters its machine, and what leaves it. */

export type ProtocolChange = 'none' | 'upgrade' | 'connect' | 'unclaimed';

/**
 * What is asked of the server by a request: the first that is true.
 * - `unhosted`: an HTTP/1.1 request doesn't name exactly one valid Host (RFC 9112 §3.2), and that is required;
 * - `leaving`: it leaves HTTP for another protocol;
 * - `surplus`: the connection has already had its `maxRequestsPerSocket`;
 * - `continue`, `expectation`: it has an Expect field, for `100 Continue` or for something else.
 */
export type RequestKind = 'ordinary' | 'unhosted' | 'leaving' | 'surplus' | 'continue' | 'expectation';

/**
 * A request head, and all that the chart must know of it to choose its way. The head itself is opaque here: it passes
 * through to the emission that hands it on.
 */
export interface HeadFact {
  readonly type: 'wire.head';
  readonly head: unknown;
  readonly kind: RequestKind;
  /** Who takes the protocol over behind this head; 'unclaimed' when nobody listens; 'none' when it stays HTTP. */
  readonly changesTo: ProtocolChange;
  /** A listener exists for the expectation: 'checkContinue' or 'checkExpectation'. */
  readonly hasListener: boolean;
  /** Another request may follow this one (RFC 9112 §9.3). */
  readonly persists: boolean;
  /** As many answers are due as one peer may make us hold. */
  readonly crowded: boolean;
}

/**
 * Why the peer is refused: a parse error or an expired deadline. The error itself stays with whoever carries out the
 * refusal.
 */
export interface PeerFault {
  /** Somebody listens to 'clientError' and so takes the socket over. */
  readonly hasListener: boolean;
  /** The message at fault has had nothing of an answer yet, so that a 4xx may still be it (RFC 9110 §9.2). */
  readonly unsent: boolean;
  /** Requests before the one at fault aren't answered yet. */
  readonly preceded: boolean;
}

export type ConnectionEvent =
  | HeadFact
  /** A head has begun and isn't complete yet. */
  | { readonly type: 'wire.partial' }
  | { readonly type: 'wire.complete' }
  | ({ readonly type: 'wire.malformed' } & PeerFault)
  /** FIN inside a message that is behind others. `net.ended` follows. */
  | { readonly type: 'wire.truncated'; readonly hasListener: boolean }
  /** headersTimeout or requestTimeout has passed. */
  | ({ readonly type: 'clock.expired' } & PeerFault)
  /** `halfOpen`: answers may still be sent to a peer that has said FIN (`server.httpAllowHalfOpen`). */
  | { readonly type: 'net.ended'; readonly halfOpen: boolean }
  /** Our side has said FIN, whoever had it say so. */
  | { readonly type: 'net.finished' }
  | { readonly type: 'net.closed' }
  | ({ readonly type: 'net.failed' } & PeerFault)
  | { readonly type: 'net.timedOut'; readonly hasListener: boolean }
  /** An answer says `Connection: close`. */
  | { readonly type: 'response.last' }
  /** An answer says 101 without an 'upgrade' or 'connect' that was told. */
  | { readonly type: 'response.switched' }
  /** An answer has left to its last byte. `last`: it said close. `more`: others are due behind it. */
  | { readonly type: 'response.finished'; readonly last: boolean; readonly more: boolean; readonly crowded: boolean }
  /**
   * `openEnded`: the head of the last response that is due isn't fixed, and no other request has been read behind.
   */
  | { readonly type: 'server.closing'; readonly openEnded: boolean }
  /** What had come when it was asked for has been read. */
  | { readonly type: 'clock.polled' }
  /** Bytes have come that nobody processes. `much`: as many as a peer may send in a while. */
  | { readonly type: 'net.excess'; readonly much: boolean }
  /** That while is over. */
  | { readonly type: 'clock.cooled' }
  | { readonly type: 'user.closeIdle' };

/** Things for the programmer: re-emitted on the server, after the dot. */
type ConnectionNotice =
  | { readonly type: 'server.request'; readonly head: unknown }
  | { readonly type: 'server.checkContinue'; readonly head: unknown }
  | { readonly type: 'server.checkExpectation'; readonly head: unknown }
  | { readonly type: 'server.dropRequest'; readonly head: unknown }
  /** The socket is the listener's now. */
  | { readonly type: 'server.upgrade' }
  | { readonly type: 'server.connect' }
  | { readonly type: 'server.clientError' }
  /** On the request, the answer and the server that are concerned. */
  | { readonly type: 'server.timeout' };

/** Orders to the world. */
type ConnectionOrder =
  /** Open an exchange whose `100 Continue` goes out at once, and hand it to 'request'. */
  | { readonly type: 'io.continue'; readonly head: unknown }
  /** Open an exchange and answer it here, with that status; the programmer doesn't see it. */
  | { readonly type: 'io.respond'; readonly head: unknown; readonly status: number }
  /** Keep this request: its protocol is handed over when its turn comes. */
  | { readonly type: 'io.reserve'; readonly head: unknown }
  /** The turn has come: take everything of ours off the socket. */
  | { readonly type: 'io.detach' }
  /** The turn of a fault behind good requests has come: tell it again. */
  | { readonly type: 'io.reportFault' }
  /** Answer the fault with its 4xx, then destroy the socket with it. */
  | { readonly type: 'io.refuse' }
  /** Destroy the socket with the fault. */
  | { readonly type: 'io.fail' }
  | { readonly type: 'io.destroy' }
  /** Say FIN when what is written has left. */
  | { readonly type: 'io.end' }
  /** Destroy the socket when what is written has left. */
  | { readonly type: 'io.endSoon' }
  | { readonly type: 'io.pause' }
  | { readonly type: 'io.resume' }
  /** The last response that is due says close. */
  | { readonly type: 'io.markLast' }
  /** Read what has come, and come back with `clock.polled`. */
  | { readonly type: 'io.poll' }
  /** Process nothing of what comes from now on. */
  | { readonly type: 'io.ignore' }
  /** End the request that is being read: the rest of it won't come. */
  | { readonly type: 'io.truncate' }
  /** Start, stop counting the idle time of a kept connection. */
  | { readonly type: 'io.startIdle' }
  | { readonly type: 'io.stopIdle' }
  /** The transport is gone: end each exchange that is still open, and free what is held. */
  | { readonly type: 'io.abandon' };

export type ConnectionEmission = ConnectionNotice | ConnectionOrder;

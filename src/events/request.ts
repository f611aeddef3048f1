/** The vocabulary of a client's request, beside what every outgoing message has (message.ts). */

/**
 * What the head of an answer is to its request:
 * - `interim`: 1xx; the final answer follows (RFC 9110 §15.2);
 * - `upgrade`, `connect`: the connection leaves HTTP behind it;
 * - `final`: the answer.
 */
export type ResponseKind = 'interim' | 'upgrade' | 'connect' | 'final';

export type RequestEvent =
  /** The head itself is opaque here. `heard`: somebody listens to the event that it causes. */
  | { readonly type: 'wire.head'; readonly head: unknown; readonly kind: ResponseKind; readonly hasListener: boolean }
  /** The head that follows is a 100: the content is awaited. */
  | { readonly type: 'wire.continue' }
  /** `keeps`: the connection may be used again; `unread`: nothing of it is to be read, and nobody reads. */
  | { readonly type: 'wire.complete'; readonly keeps: boolean; readonly unread: boolean }
  | { readonly type: 'wire.malformed' }
  /** 'socket' was told: what waited may leave. */
  | { readonly type: 'net.opened' }
  /** No socket could be had. */
  | { readonly type: 'net.refused' }
  /** `retriable`: nothing of an answer came, and the request may be sent again on a fresh socket (RFC 9110 §9.2.2). */
  | { readonly type: 'net.failed' | 'net.ended' | 'net.closed'; readonly retriable: boolean }
  /** The request asked for a timeout, and it has run out. */
  | { readonly type: 'net.timedOut' }
  /** Whoever listens to 'upgrade' or 'connect' has been told. */
  | { readonly type: 'response.handedOver' }
  /** The reader of the answer has had its end. `keeps`: the connection may be used again. */
  | { readonly type: 'response.ended'; readonly keeps: boolean }
  /** The reader of the answer doesn't want the rest. */
  | { readonly type: 'response.cancelled' }
  /** The reader of a cut answer was told so. */
  | { readonly type: 'response.failed' }
  /** Node's deprecated `request.abort()`; `user.destroy` follows it. */
  | { readonly type: 'user.abort' };

/** Things for the programmer. */
type RequestNotice =
  | { readonly type: 'req.response' | 'req.information'; readonly head: unknown }
  | { readonly type: 'req.upgrade' | 'req.connect'; readonly head: unknown }
  | { readonly type: 'req.continue' | 'req.timeout' | 'req.abort' }
  /** Why the request failed is known to whoever tells it. */
  | { readonly type: 'req.error' };

/** Orders to the world. */
type RequestOrder =
  /** Nobody waits for a socket any more: leave the queue. */
  | { readonly type: 'io.withdraw' }
  /** A socket came too late: give it back. */
  | { readonly type: 'io.returnSocket' }
  /** Ask for a fresh socket, and send all again. */
  | { readonly type: 'io.retry' }
  /** Nobody listens to the answer: let it flow away. */
  | { readonly type: 'io.dump' }
  /** Nobody reads the answer yet, and there is nothing to be read: by the next turn it has been read. */
  | { readonly type: 'io.awaitReader' }
  /** The transport is gone: end the reader of the answer. */
  | { readonly type: 'io.abort' }
  /** The socket is for the next request. */
  | { readonly type: 'io.free' }
  /** Say FIN, and nothing more. */
  | { readonly type: 'io.hangUp' }
  /** Destroy the socket when what is written has left. */
  | { readonly type: 'io.endSoon' }
  /** Take everything of ours off the socket. */
  | { readonly type: 'io.detach' };

export type RequestEmission = RequestNotice | RequestOrder;

/** The vocabulary of a client's request, in addition to that of every outgoing message (message.ts). */

/**
 * What the head of a response is to its request:
 * - `interim`: 1xx; the final response follows (RFC 9110 §15.2);
 * - `upgrade`, `connect`: the connection leaves HTTP after it;
 * - `final`: the response.
 */
export type ResponseKind = 'interim' | 'upgrade' | 'connect' | 'final';

export type RequestEvent =
  /** The head itself is opaque here. `hasListener`: of the event that it causes. */
  | { readonly type: 'wire.head'; readonly head: unknown; readonly kind: ResponseKind; readonly hasListener: boolean }
  /** The head that follows is a 100: the server waits for the content. */
  | { readonly type: 'wire.continue' }
  /** `keeps`: the connection may be reused. `unread`: the response has nothing to read, and no reader. */
  | { readonly type: 'wire.complete'; readonly keeps: boolean; readonly unread: boolean }
  | { readonly type: 'wire.malformed' }
  /** 'socket' was emitted. `writable`: some agents hand over what can only be read, a response of their proxy. */
  | { readonly type: 'net.opened'; readonly writable: boolean }
  /** No socket could be had. */
  | { readonly type: 'net.refused' }
  /** `retriable`: nothing of a response came, and the request may be sent again on a fresh socket (RFC 9110 §9.2.2). */
  | { readonly type: 'net.ended'; readonly retriable: boolean }
  /** `hostOrder`: what follows has the host's order, not the documented one (the option `eventOrder`). */
  | { readonly type: 'net.failed' | 'net.closed'; readonly retriable: boolean; readonly hostOrder: boolean }
  /** The timeout that the request set has expired: of its socket, or of the tunnel that it waits for. */
  | { readonly type: 'net.timedOut' }
  /** 'upgrade' or 'connect' was emitted. */
  | { readonly type: 'response.handedOver' }
  /** The reader of the response has had its end. `keeps`: the connection may be used again. */
  | { readonly type: 'response.ended'; readonly keeps: boolean }
  /** The reader of the response doesn't want the rest. */
  | { readonly type: 'response.cancelled' }
  /** The reader of a cut response was notified. */
  | { readonly type: 'response.failed' }
  /**
   * Node's deprecated `request.abort()`; `user.destroy` follows it. `hostOrder`: as above. `ownsSocket`: it has asked for a socket of
   * its own, instead of one of an agent.
   */
  | { readonly type: 'user.abort'; readonly hostOrder: boolean; readonly ownsSocket: boolean }
  /**
   * `destroy()` of a request that the program's own constructor has made, and that has not asked for a socket. It may have one
   * that the program has made, too. `hostOrder`: as above.
   */
  | { readonly type: 'user.forsake'; readonly hostOrder: boolean }
  /** The turn in which abort() was called is over. */
  | { readonly type: 'clock.aborted' };

/** For the program. */
type RequestNotice =
  | { readonly type: 'req.response' }
  | { readonly type: 'req.information'; readonly head: unknown }
  | { readonly type: 'req.upgrade' | 'req.connect' }
  | { readonly type: 'req.continue' | 'req.timeout' | 'req.abort' }
  /**
   * With the error of its cause, which its host knows:
   * - `fault`: of the socket, of the parser, or why there is no socket;
   * - `destroyed`: what the program destroyed it with;
   * - `hungUp`: the peer closed the connection without a response;
   * - `unclaimed`: the response switches to a protocol that the program doesn't listen for. It isn't thrown where 'error' has
   *   no listener, as in Node.
   */
  | { readonly type: 'req.error'; readonly because: 'fault' | 'destroyed' | 'hungUp' | 'unclaimed' };

/** Orders to the world. */
type RequestOrder =
  /** Take the socket that was offered. */
  | { readonly type: 'io.attach' }
  /** Send `net.opened`. */
  | { readonly type: 'io.open' }
  /** Nobody waits for a socket any more: leave the queue. */
  | { readonly type: 'io.withdraw' }
  /** A socket came too late: return it. */
  | { readonly type: 'io.returnSocket' }
  /** Ask for a fresh socket, and send everything again. */
  | { readonly type: 'io.retry' }
  /** Make the response. `upgrades`: no body follows, but another protocol. */
  | { readonly type: 'io.receive'; readonly head: unknown; readonly upgrades: boolean }
  /** The response has no listener: discard it. */
  | { readonly type: 'io.dump' }
  /** Nobody reads the response yet, and there is nothing to read: it counts as read in the next turn. */
  | { readonly type: 'io.awaitReader' }
  /** The transport has closed: destroy the response. `hostOrder`: its events have the host's order. */
  | { readonly type: 'io.abort'; readonly hostOrder: boolean }
  /** Send `clock.aborted` at the end of the turn. */
  | { readonly type: 'io.tickAbort' }
  /** The socket is free for the next request. */
  | { readonly type: 'io.free' }
  /** Send FIN, and nothing more. */
  | { readonly type: 'io.hangUp' }
  /** Destroy the socket once everything written was sent. */
  | { readonly type: 'io.endSoon' }
  /** Remove everything of ours from the socket. */
  | { readonly type: 'io.detach' };

export type RequestEmission = RequestNotice | RequestOrder;

/** The vocabulary of a server's connection: what enters its machine, and what it emits. */

/** What the connection changes to after a head: 'unclaimed' if the event has no listener, 'none' if it stays HTTP. */
export type ProtocolChange = 'none' | 'upgrade' | 'connect' | 'unclaimed';

/**
 * What a request asks of the server: the first that is true.
 * - `unhosted`: an HTTP/1.1 request doesn't name exactly one valid Host (RFC 9112 §3.2), and that is required;
 * - `leaving`: it leaves HTTP for another protocol;
 * - `surplus`: the connection has already had `maxRequestsPerSocket` requests;
 * - `continue`, `expectation`: it has an Expect field, for `100 Continue` or for something else.
 */
export type RequestKind = 'ordinary' | 'unhosted' | 'leaving' | 'surplus' | 'continue' | 'expectation';

/**
 * A request head, and all that the chart must know of it. The head itself is opaque here: it passes through to the order that
 * makes the request.
 */
export interface HeadFact {
  readonly type: 'wire.head';
  readonly head: unknown;
  readonly kind: RequestKind;
  readonly changesTo: ProtocolChange;
  /** The expectation has a listener: of 'checkContinue' or 'checkExpectation'. */
  readonly hasListener: boolean;
  /** Another request may follow this one (RFC 9112 §9.3). */
  readonly persists: boolean;
  /** As many responses are due as one peer may make us hold. */
  readonly crowded: boolean;
}

/** Why the peer is refused, and what can still be sent to it. */
export interface PeerFault {
  readonly error: Error;
  /** 'clientError' has a listener, which takes the socket over. */
  readonly hasListener: boolean;
  /** Nothing of a response to the message at fault was sent, so a 4xx may still be it (RFC 9110 §9.2). */
  readonly unsent: boolean;
  /** Responses to earlier requests are still due. */
  readonly preceded: boolean;
}

export type ConnectionEvent =
  | HeadFact
  /** A head has begun and isn't complete. */
  | { readonly type: 'wire.partial' }
  | { readonly type: 'wire.complete' }
  | ({ readonly type: 'wire.malformed' } & PeerFault)
  /** FIN inside a message that follows others. `net.ended` comes next. */
  | { readonly type: 'wire.truncated'; readonly error: Error; readonly hasListener: boolean }
  /** Deadlines of the message that is read have passed: that of its head, that of the whole of it. */
  | ({ readonly type: 'clock.expired'; readonly headLate: boolean; readonly wholeLate: boolean } & PeerFault)
  /** A fault that waited is judged again, since a response was sent. */
  | ({ readonly type: 'response.unblocked' } & PeerFault)
  /** `halfOpen`: responses may still be sent to a peer that has sent FIN (`server.httpAllowHalfOpen`). */
  | { readonly type: 'net.ended'; readonly halfOpen: boolean }
  /** Our side has sent FIN, whoever asked for it. `settled`: rules/linger.ts. */
  | { readonly type: 'net.finished'; readonly settled: boolean }
  | { readonly type: 'net.closed' }
  | ({ readonly type: 'net.failed' } & PeerFault)
  | { readonly type: 'net.timedOut'; readonly hasListener: boolean }
  /** A response contains `Connection: close`. */
  | { readonly type: 'response.last' }
  /** A response says 101 without an 'upgrade' or 'connect' that was emitted. */
  | { readonly type: 'response.switched' }
  /**
   * A response was sent to its last byte. `last`: it contains `Connection: close`. `switched`: it says 101. `more`: others are
   * due after it.
   */
  | {
      readonly type: 'response.finished';
      readonly last: boolean;
      readonly switched: boolean;
      readonly more: boolean;
      readonly crowded: boolean;
    }
  /** `openEnded`: the head of the last response that is due isn't fixed, and no other request has been read since. */
  | { readonly type: 'server.closing'; readonly openEnded: boolean }
  | { readonly type: 'server.draining'; readonly openEnded: boolean }
  /** The drain is over. `unsent`: nothing of a response was sent, so a 503 may still be it. */
  | { readonly type: 'server.cutting'; readonly unsent: boolean }
  /** What had arrived when `io.poll` was ordered has been read. */
  | { readonly type: 'clock.polled' }
  /** The same, for `io.settle`. `sending`: something had arrived, or may have, as the socket is not read. */
  | { readonly type: 'clock.settled'; readonly sending: boolean }
  /** The peer has sent nothing for a while, or has sent for long enough, since our FIN. */
  | { readonly type: 'clock.lingered' }
  /** The connection is idle, and there is no `keepAliveTimeout` to end it. */
  | { readonly type: 'clock.unlimited' }
  /** The server drains, and the connection has been idle for as long as it may. */
  | { readonly type: 'clock.rested' }
  /** Bytes that nobody processes. `much`: as many as a peer may send in a while. */
  | { readonly type: 'net.excess'; readonly much: boolean }
  /** That period is over. */
  | { readonly type: 'clock.cooled' }
  | { readonly type: 'user.closeIdle' };

/** For the program: emitted on the server, under the name after the dot. */
type ConnectionNotice =
  | { readonly type: 'server.request' | 'server.checkContinue' | 'server.checkExpectation' | 'server.dropRequest' }
  /** The socket belongs to the listener now. */
  | { readonly type: 'server.upgrade' | 'server.connect' }
  | { readonly type: 'server.clientError'; readonly error: Error }
  /** On the request, the response and the server concerned. */
  | { readonly type: 'server.timeout' };

/** Orders to the world. */
type ConnectionOrder =
  /** Make the request and its response. */
  | { readonly type: 'io.open'; readonly head: unknown }
  /** Send `100 Continue` to the request that was opened last. */
  | { readonly type: 'io.continue' }
  /** Respond to it with that status; the program doesn't see it. `closes`: nothing is read or sent after it. */
  | { readonly type: 'io.respond'; readonly status: number; readonly closes: boolean }
  /** Keep this request: its protocol is handed over when its turn comes. */
  | { readonly type: 'io.reserve'; readonly head: unknown }
  /** Take everything of ours off the socket. */
  | { readonly type: 'io.detach' }
  /** The oldest response that is due gets the socket. */
  | { readonly type: 'io.attach' }
  /** Keep this fault, which waits for the responses before it. */
  | { readonly type: 'io.holdFault'; readonly error: Error }
  /** Send `response.unblocked` with the fault that was kept. */
  | { readonly type: 'io.reportFault' }
  /** The message that is read has no deadlines any more. */
  | { readonly type: 'io.stopDeadlines' }
  /** Respond to the fault with its 4xx, then destroy the socket with it. */
  | { readonly type: 'io.refuse'; readonly error: Error }
  /** Destroy the socket with the fault. */
  | { readonly type: 'io.fail'; readonly error: Error }
  | { readonly type: 'io.destroy' }
  /** Send FIN once everything written was sent. */
  | { readonly type: 'io.end' }
  /** Destroy the socket once everything written was sent. */
  | { readonly type: 'io.endSoon' }
  /** Our FIN was sent: read what has arrived, and send `clock.settled`. */
  | { readonly type: 'io.settle' }
  /** Send `clock.lingered` once the peer need not be read any longer. */
  | { readonly type: 'io.linger' }
  | { readonly type: 'io.pause' }
  | { readonly type: 'io.resume' }
  /** The last response that is due contains `Connection: close`. */
  | { readonly type: 'io.markLast' }
  /** Read what has arrived, and send `clock.polled`. */
  | { readonly type: 'io.poll' }
  /** Process nothing that arrives from now on. */
  | { readonly type: 'io.ignore' }
  /** End the request that is read: the rest of it won't come. */
  | { readonly type: 'io.truncate' }
  /** Start or stop the idle timer of a kept connection. */
  | { readonly type: 'io.startIdle' }
  | { readonly type: 'io.stopIdle' }
  /** A response was sent while the server drains. */
  | { readonly type: 'io.countResponse' }
  /** Respond with 503, then destroy the socket. */
  | { readonly type: 'io.turnAway' }
  /** Destroy the socket before its responses were sent. */
  | { readonly type: 'io.cut' }
  /** The transport has closed: end each open exchange, and free what is held. */
  | { readonly type: 'io.abandon' };

export type ConnectionEmission = ConnectionNotice | ConnectionOrder;

/** The vocabulary of one message, in either direction: what enters its machine, and what it emits. */

/** The prefix of what a message emits: a request or a response. */
export type Role = 'req' | 'res';

/** A chunk of the body on its way out. `chunk` is undefined for an `end()` without one. */
export interface OutgoingChunk {
  readonly chunk: string | Uint8Array | undefined;
  readonly encoding: BufferEncoding | undefined;
  readonly callback: ((error?: Error | null) => void) | undefined;
}

export type OutgoingEvent =
  /**
   * The head is fixed. `last`: it contains `Connection: close`. `bodyless`: no body may follow (HEAD, 1xx, 204, 304).
   * `switches`: the program responds with 101 itself.
   */
  | { readonly type: 'user.head'; readonly last: boolean; readonly bodyless: boolean; readonly switches: boolean }
  /** The head was not sent, and is taken back. */
  | { readonly type: 'user.headRecalled' }
  /** An interim response (RFC 9110 §15.2), as text. */
  | ({ readonly type: 'user.inform' } & OutgoingChunk)
  | ({ readonly type: 'user.write' } & OutgoingChunk)
  /** The body that is ended now is not as long as the head declares (RFC 9110 §8.6). */
  | { readonly type: 'user.miscounted' }
  | ({ readonly type: 'user.end' } & OutgoingChunk)
  /** Send the head now. */
  | { readonly type: 'user.flush' }
  | { readonly type: 'user.destroy' }
  /** A call was refused, and its error is emitted. */
  | { readonly type: 'user.misused'; readonly error: Error }
  /** The response before this one has handed over its last byte. */
  | { readonly type: 'response.passed' }
  /** The socket belongs to this message now. */
  | { readonly type: 'net.attached' }
  /** The program took the socket away, and may give it back. */
  | { readonly type: 'net.detached' }
  /** Our side of the socket has sent FIN: nothing more can be sent. */
  | { readonly type: 'net.shut' }
  /** The socket holds as much as its highWaterMark allows; `net.drained` follows. */
  | { readonly type: 'net.full' }
  | { readonly type: 'net.drained' }
  /** The kernel has the last byte. `hasListener`: the message has a listener. */
  | { readonly type: 'net.flushed'; readonly hasListener: boolean }
  | { readonly type: 'net.closed' }
  | { readonly type: 'clock.tick' };

export type OutgoingEmission<Of extends Role = Role> =
  /** For the program. */
  | { readonly type: `${Of}.${'socket' | 'prefinish' | 'finish' | 'close' | 'drain'}` }
  /** Of a call that was refused. */
  | { readonly type: `${Of}.error`; readonly error: Error }
  | { readonly type: 'io.write'; readonly what: OutgoingChunk }
  /** No body is allowed: only call back. */
  | { readonly type: 'io.skip'; readonly what: OutgoingChunk }
  /** Write an interim response. */
  | { readonly type: 'io.inform'; readonly what: OutgoingChunk }
  /** The message may write: write what was kept, and keep nothing from now on. */
  | { readonly type: 'io.writeKept' }
  /** Keep what is written from now on. */
  | { readonly type: 'io.keep' }
  /** The next response may write. */
  | { readonly type: 'io.passTurn' }
  /** This message contains `Connection: close`: nothing is sent after it. */
  | { readonly type: 'io.last' }
  /** This response switches protocols: nothing is sent after it. */
  | { readonly type: 'io.switch' }
  /** The peer would take the next message for a part of this one, or the other way round: nothing is sent after it. */
  | { readonly type: 'io.spoil' }
  | { readonly type: 'io.flush' }
  | { readonly type: 'io.end'; readonly what: OutgoingChunk; readonly bodyless: boolean }
  /** Nothing more can be sent: at the end of the turn fail the callbacks of `end()`, or every callback (`all`). */
  | { readonly type: 'io.failCallbacks'; readonly all: boolean }
  /** Too late: fail with Node's error. */
  | { readonly type: 'io.rejectWrite'; readonly what: OutgoingChunk; readonly because: 'ended' | 'destroyed' }
  | { readonly type: 'io.destroy' }
  /** The message has been sent: release the socket. */
  | { readonly type: 'io.release' }
  /** Send `clock.tick` at the end of the turn. */
  | { readonly type: 'io.tick' };

export type IncomingEvent =
  | { readonly type: 'wire.body'; readonly chunk: Uint8Array }
  /** The trailer section (RFC 9112 §7.1.2): names and values by turns. `wire.complete` follows. */
  | { readonly type: 'wire.trailers'; readonly lines: readonly string[] }
  /** `hasListener`: the message has a listener. */
  | { readonly type: 'wire.complete'; readonly hasListener: boolean }
  /** There is no body, and the stream ends before the program sees it (`optimizeEmptyRequests`). */
  | { readonly type: 'wire.empty' }
  /** The rest will not come, but the socket is still needed. */
  | { readonly type: 'wire.severed' }
  /** The response was sent, so an unread body is not needed. `hasListener`: one of the two has a listener. */
  | { readonly type: 'response.finished'; readonly hasListener: boolean }
  /** The reader wants more. */
  | { readonly type: 'user.read' }
  /** The reader holds as much as its highWaterMark allows. */
  | { readonly type: 'stream.full' }
  /** `consumed`: 'end' was emitted for a whole message, or nobody wants the rest. */
  | { readonly type: 'user.destroy'; readonly consumed: boolean }
  /** `hostOrder`: the events of a response have the host's order, not the documented one (the option `eventOrder`). */
  | { readonly type: 'net.closed'; readonly hostOrder: boolean }
  | { readonly type: 'net.timedOut' }
  | { readonly type: 'clock.tick' };

export type IncomingEmission = IncomingRequestEmission | IncomingResponseEmission;

export type IncomingRequestEmission = IncomingNotice<'req'> | IncomingOrder;

export type IncomingResponseEmission =
  | IncomingNotice<'res'>
  | { readonly type: 'res.close' | 'res.timeout' }
  | IncomingOrder;

/** For the program. */
type IncomingNotice<Of extends Role> = { readonly type: `${Of}.aborted` };

/** Orders to the world. */
type IncomingOrder =
  /** Nobody waits for the response any more. */
  | { readonly type: 'io.cancel' }
  | { readonly type: 'io.push'; readonly chunk: Uint8Array }
  | { readonly type: 'io.trailers'; readonly lines: readonly string[] }
  /** The message is whole. */
  | { readonly type: 'io.complete' }
  | { readonly type: 'io.pushEnd' }
  /** Discard the rest. */
  | { readonly type: 'io.dump' }
  /** There is no listener: end the stream without emitting anything. */
  | { readonly type: 'io.settle' }
  | { readonly type: 'io.pause' }
  | { readonly type: 'io.resume' }
  /**
   * Destroy the stream: the transport has closed. Its error is that of its cause:
   * - `lost`: ‘aborted’;
   * - `destroyed`: what the program destroyed the request with; otherwise ‘aborted’.
   */
  | { readonly type: 'io.abort'; readonly because: 'lost' | 'destroyed' }
  /** The stream is destroyed: let it emit 'error' and 'close' at the end of the turn. */
  | { readonly type: 'io.close' }
  /** The same once the socket, which is destroyed with the stream, has closed. */
  | { readonly type: 'io.closeWithSocket' }
  /** Let the stream emit 'error', and not 'close'. */
  | { readonly type: 'io.emitError' }
  /** Notify the request that its response was cut. */
  | { readonly type: 'io.reportCut' }
  /** Send `clock.tick` once what was ordered is done. */
  | { readonly type: 'io.tick' };

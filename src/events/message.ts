/** The vocabulary of one message, in either direction: what enters its machine, and what leaves it. */

/** The name that a message tells under: a request or a response. */
export type Role = 'req' | 'res';

/** A body chunk on its way out. `chunk` is undefined for an `end()` without one. */
export interface OutgoingChunk {
  readonly chunk: string | Uint8Array | undefined;
  readonly encoding: BufferEncoding | undefined;
  readonly callback: ((error?: Error | null) => void) | undefined;
}

export type OutgoingEvent =
  /** The head is fixed. `last`: it says close. `bodyless`: no body may follow (HEAD, 1xx, 204, 304). */
  | { readonly type: 'user.head'; readonly last: boolean; readonly bodyless: boolean }
  /** The head has not left, and is taken back. */
  | { readonly type: 'user.headRecalled' }
  | ({ readonly type: 'user.write' } & OutgoingChunk)
  /** What is ended now is not as long as its head says (RFC 9110 §8.6). */
  | { readonly type: 'user.miscounted' }
  | ({ readonly type: 'user.end' } & OutgoingChunk)
  /** Send the head now. */
  | { readonly type: 'user.flush' }
  | { readonly type: 'user.destroy' }
  /** A refused call is told to the programmer. */
  | { readonly type: 'user.misused'; readonly error: Error }
  /** The socket is this message's now: its turn has come. */
  | { readonly type: 'net.attached' }
  /** Our side of the socket has said FIN: nothing can leave any more. */
  | { readonly type: 'net.shut' }
  /** The socket holds as much as its highWaterMark allows; `net.drained` follows. */
  | { readonly type: 'net.full' }
  | { readonly type: 'net.drained' }
  /** The kernel has the last byte. `heard`: somebody listens to the message. */
  | { readonly type: 'net.flushed'; readonly hasListener: boolean }
  | { readonly type: 'net.closed' }
  | { readonly type: 'clock.tick' };

export type OutgoingEmission =
  /** For the programmer. */
  | { readonly type: `${Role}.${'socket' | 'prefinish' | 'finish' | 'close' | 'drain'}` }
  | { readonly type: `${Role}.error`; readonly error: Error }
  | { readonly type: 'io.write'; readonly what: OutgoingChunk }
  /** No body is allowed: only call back. */
  | { readonly type: 'io.skip'; readonly what: OutgoingChunk }
  /** This message says close: nothing leaves behind it. */
  | { readonly type: 'io.last' }
  /** What leaves behind this message would be taken for a part of it, or a part of it for what leaves. */
  | { readonly type: 'io.spoil' }
  | { readonly type: 'io.flush' }
  | { readonly type: 'io.end'; readonly what: OutgoingChunk; readonly bodyless: boolean }
  /** Nothing more leaves: call back what waits for the end, or for anything (`all`), when this turn is over. */
  | { readonly type: 'io.failCallbacks'; readonly all: boolean }
  /** Too late: tell so with Node's error. */
  | { readonly type: 'io.refuse'; readonly what: OutgoingChunk; readonly because: 'ended' | 'destroyed' }
  | { readonly type: 'io.destroy' }
  /** The message is out: give the socket back. */
  | { readonly type: 'io.release' }
  /** Come back with `clock.tick` when this turn is over. */
  | { readonly type: 'io.tick' };

export type IncomingEvent =
  | { readonly type: 'wire.body'; readonly chunk: Uint8Array }
  /** `heard`: somebody listens to the message. */
  | { readonly type: 'wire.complete'; readonly hasListener: boolean }
  /** The answer is out: what nobody has read is not needed. `heard`: somebody listens to the message. */
  | { readonly type: 'response.finished'; readonly hasListener: boolean }
  /** The reader wants more. */
  | { readonly type: 'user.read' }
  /** The reader holds as much as its highWaterMark allows. */
  | { readonly type: 'stream.full' }
  /** `consumed`: the reader has had the end ('end' was emitted) of a whole message, or nobody wants the rest. */
  | { readonly type: 'user.destroy'; readonly consumed: boolean }
  | { readonly type: 'net.closed' }
  | { readonly type: 'net.timedOut' }
  | { readonly type: 'clock.tick' };

export type IncomingEmission =
  /** For the programmer. */
  | { readonly type: `${Role}.aborted` }
  | { readonly type: 'res.close' | 'res.timeout' }
  /** Nobody waits for the answer any more. */
  | { readonly type: 'io.cancel' }
  | { readonly type: 'io.push'; readonly chunk: Uint8Array }
  /** The message is whole. */
  | { readonly type: 'io.complete' }
  | { readonly type: 'io.pushEnd' }
  /** Let the rest flow away. */
  | { readonly type: 'io.dump' }
  /** Nobody listens: end the stream without a word. */
  | { readonly type: 'io.settle' }
  | { readonly type: 'io.pause' }
  | { readonly type: 'io.resume' }
  /** End the reader: the transport is gone. */
  | { readonly type: 'io.abort' }
  /** The reader is closed; `whole`: it had all, so the socket is unharmed. */
  | { readonly type: 'io.close'; readonly whole: boolean }
  /** Tell the reader's 'error', and not its 'close'. */
  | { readonly type: 'io.fail' }
  /** The reader was told that the message is cut. */
  | { readonly type: 'io.reportCut' }
  /** Come back with `clock.tick` when what was ordered is done. */
  | { readonly type: 'io.tick' };

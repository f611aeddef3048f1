/** What the transport tells: facts about one socket, in the past tense. */
export type NetFact =
  /**
   * Bytes came; lent ones are overwritten once the fact has been taken. They are fed to the parser, and the machines see
   * what it made of them (`wire.*`).
   */
  | { readonly type: 'net.bytes'; readonly chunk: Uint8Array; readonly lent: boolean }
  /** The peer sent FIN: it says nothing more. */
  | { readonly type: 'net.ended' }
  /** We sent FIN: nothing more can be sent. Told of a server's sockets. */
  | { readonly type: 'net.finished' }
  /** The socket is gone, both ways. */
  | { readonly type: 'net.closed' }
  /** The socket failed (ECONNRESET, EPIPE, …); `net.closed` follows. */
  | { readonly type: 'net.failed'; readonly error: Error }
  /** Nothing was read or written for `socket.timeout` ms. */
  | { readonly type: 'net.timedOut' }
  /** What was queued for the kernel has left. */
  | { readonly type: 'net.drained' };

export const netEnded: NetFact = { type: 'net.ended' };
export const netFinished: NetFact = { type: 'net.finished' };
export const netClosed: NetFact = { type: 'net.closed' };
export const netTimedOut: NetFact = { type: 'net.timedOut' };
export const netDrained: NetFact = { type: 'net.drained' };
export const netBytes = (chunk: Uint8Array, lent: boolean): NetFact => ({ type: 'net.bytes', chunk, lent });
export const netFailed = (error: Error): NetFact => ({ type: 'net.failed', error });

/** The facts of the transport: what happened on one socket. */
export type NetFact =
  /**
   * Bytes arrived. Lent bytes are overwritten after the fact has been handled. They are fed to the parser, and the machines
   * receive its facts (`wire.*`).
   */
  | { readonly type: 'net.bytes'; readonly chunk: Uint8Array; readonly lent: boolean }
  /** The peer sent FIN: it sends nothing more. */
  | { readonly type: 'net.ended' }
  /** We sent FIN: nothing more can be sent. Only for a server's sockets. */
  | { readonly type: 'net.finished' }
  /** The socket is closed in both directions. */
  | { readonly type: 'net.closed' }
  /** The socket failed (ECONNRESET, EPIPE, …); `net.closed` follows. */
  | { readonly type: 'net.failed'; readonly error: Error }
  /** Nothing was read or written for `socket.timeout` ms. */
  | { readonly type: 'net.timedOut' }
  /** All bytes queued for the kernel have left. */
  | { readonly type: 'net.drained' };

export const netEnded: NetFact = { type: 'net.ended' };
export const netFinished: NetFact = { type: 'net.finished' };
export const netClosed: NetFact = { type: 'net.closed' };
export const netTimedOut: NetFact = { type: 'net.timedOut' };
export const netDrained: NetFact = { type: 'net.drained' };
export const netBytes = (chunk: Uint8Array, lent: boolean): NetFact => ({ type: 'net.bytes', chunk, lent });
export const netFailed = (error: Error): NetFact => ({ type: 'net.failed', error });

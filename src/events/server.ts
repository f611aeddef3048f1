/** The vocabulary of a server: what enters its machine, and what leaves it. */
export type ServerEvent =
  | { readonly type: 'net.listening' }
  /** The first connection is here; the last one is gone. */
  | { readonly type: 'net.occupied' }
  | { readonly type: 'net.vacated' }
  /** The listening socket and all connections are closed. */
  | { readonly type: 'net.closed' }
  | { readonly type: 'user.close' };

export type ServerOrder =
  /** Tell every connection that the server closes. */
  | { readonly type: 'io.announceClose' }
  /** Begin, end looking for connections whose deadlines have passed. */
  | { readonly type: 'io.startSweep' }
  | { readonly type: 'io.stopSweep' };

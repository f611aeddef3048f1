/** The vocabulary of a server: the events of its machine, and its emissions. */
export type ServerEvent =
  | { readonly type: 'net.listening' }
  /** The first connection has opened; the last one has closed. */
  | { readonly type: 'net.occupied' }
  | { readonly type: 'net.vacated' }
  /** The listening socket and all connections are closed. */
  | { readonly type: 'net.closed' }
  | { readonly type: 'user.close' };

export type ServerOrder =
  /** Send each connection the event that the server closes. */
  | { readonly type: 'io.announceClose' }
  /** Start or stop checking the deadlines of connections. */
  | { readonly type: 'io.startSweep' }
  | { readonly type: 'io.stopSweep' };

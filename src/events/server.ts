/** The vocabulary of a server: the events of its machine, and its emissions. */
export type ServerEvent =
  | { readonly type: 'net.listening' }
  /** The first connection has opened; the last one has closed. */
  | { readonly type: 'net.occupied' }
  | { readonly type: 'net.vacated' }
  /** The listening socket and all connections are closed. */
  | { readonly type: 'net.closed' }
  /** A socket has failed before it came as far as HTTP: its TLS handshake. */
  | { readonly type: 'net.failed'; readonly error: Error; readonly hasListener: boolean }
  | { readonly type: 'user.close' };

export type ServerEmission =
  /** A peer has not come as far as HTTP. */
  | { readonly type: 'server.clientError'; readonly error: Error }
  /** Close the socket whose handshake has failed. */
  | { readonly type: 'io.fail'; readonly error: Error }
  /** Send each connection the event that the server closes. */
  | { readonly type: 'io.announceClose' }
  /** Start or stop checking the deadlines of connections. */
  | { readonly type: 'io.startSweep' }
  | { readonly type: 'io.stopSweep' };

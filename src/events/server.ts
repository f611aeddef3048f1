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
  | { readonly type: 'user.close' }
  | { readonly type: 'user.drain' }
  /** New connections were taken for as long as a drain allows. */
  | { readonly type: 'clock.graced' }
  /** The drain has lasted as long as it may, or its signal has ended it. */
  | { readonly type: 'clock.overdue' };

export type ServerEmission =
  /** A peer has not come as far as HTTP. */
  | { readonly type: 'server.clientError'; readonly error: Error }
  /** Close the socket whose handshake has failed. */
  | { readonly type: 'io.fail'; readonly error: Error }
  /** Send each connection the event that the server closes. */
  | { readonly type: 'io.announceClose' }
  /** Send each connection the event that the server drains. */
  | { readonly type: 'io.announceDrain' }
  /** Stop listening, once the connections that have arrived were taken. */
  | { readonly type: 'io.shut' }
  /** Send each connection that drains the event that it is cut. */
  | { readonly type: 'io.cut' }
  /** Start or stop checking the deadlines of connections. */
  | { readonly type: 'io.startSweep' }
  | { readonly type: 'io.stopSweep' };

/** The vocabulary of a client's connection: what enters its machine, and what it emits. */
export type ClientConnectionEvent =
  /** A request has the socket now. */
  | { readonly type: 'request.assigned' }
  /** Request and response are over, and the connection is clean. */
  | { readonly type: 'request.released' }
  /** The request was closed, so another may have the socket. */
  | { readonly type: 'request.freed' }
  /** The connection leaves HTTP after the response. */
  | { readonly type: 'request.upgraded' }
  /** The program has emitted 'agentRemove' on the socket: it wants it for itself. */
  | { readonly type: 'user.agentRemove' }
  /** Bytes arrived without a request. */
  | { readonly type: 'wire.unsolicited' }
  | { readonly type: 'net.ended' }
  | { readonly type: 'net.failed' }
  | { readonly type: 'net.closed' };

export type ClientConnectionEmission =
  /** For the agent: emitted on the socket. */
  | { readonly type: 'agent.free' | 'agent.agentRemove' }
  | { readonly type: 'io.destroy' }
  /** Free all resources. */
  | { readonly type: 'io.abandon' }
  /** Remove everything of ours from the socket. */
  | { readonly type: 'io.detach' };

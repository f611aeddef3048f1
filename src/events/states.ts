/** The states of each machine, as its actors have them in `from` and `to`. Written by `npm run diagrams`; don't edit. */
export interface States {
  /** One socket of a server, from accept to close. */
  connection: {
    /** What the peer sends. */
    reading:
      | { awaiting: 'fresh' | 'kept' | 'begun' }
      | 'readingBody'
      | 'upgrading'
      | 'upgraded'
      | { faulty: 'judged' | 'waiting' | 'refused' }
      | 'ignoring';
    /** Whether a response is due, and which one has the socket. */
    responses: 'none' | 'due';
    /** Whether another request may follow (RFC 9112 §9.3). */
    reuse: 'persistent' | 'closing' | 'polling' | 'ending' | 'switched' | 'final';
    /** Whether the socket is read (back-pressure of the pipeline). */
    gate: 'open' | 'shut' | 'flooded';
    /** The socket itself. */
    transport: 'open' | { leaving: 'settling' | 'lingering' } | 'failed' | 'closed';
    /** Whether the server drains. */
    drain: 'off' | 'on' | 'over';
  };
  /** One request at a server, from its head to the end of its reader. */
  incomingRequest: {
    /** What the peer has sent of the message. */
    body: 'awaiting' | 'reading' | 'bare' | 'complete';
    /** The stream that the program reads. */
    reader: 'open' | 'severed' | 'closed' | 'aborted';
    /** Whether the socket is read (back-pressure of the reader). */
    gate: 'open' | 'shut';
  };
  /** One response of a server, from its first header to the last byte that the kernel took. */
  response: {
    /** The socket on which the response is sent. */
    line:
      | 'waiting'
      | 'attached'
      | 'shut'
      | 'kept'
      | 'released'
      | 'closed'
      | { gone: 'doomed' | 'cut' | 'leaving' | 'stranded' | 'closed' };
    /** Whether the response may write: responses are sent in the order of their requests (RFC 9112 §9.3.2). */
    turn: 'awaited' | 'given' | 'forfeited';
    /** What the program has handed over. */
    message: 'composing' | 'streaming' | 'bare' | 'queued' | 'flushing' | 'finished';
    /** Whether another response may follow on the connection (RFC 9112 §9.3). */
    persistence: 'open' | 'last' | 'passed';
    /** Whether the program should stop writing (back-pressure of the socket). */
    flow: 'free' | 'full';
  };
  /** A server, from its creation to its close. */
  server: {
    /** Whether new connections are taken. */
    door: 'unbound' | 'listening' | 'draining' | 'closing';
    /** The TLS handshakes of sockets that are no connections yet. */
    handshakes: Record<string, never>;
    /** Whether the deadlines of connections are watched. */
    watch: 'resting' | 'sweeping';
  };
  /** One socket of a client, from the first request on it to its close. */
  clientConnection: 'idle' | 'busy' | 'parting' | 'unusable' | 'removed' | 'upgraded' | 'closed';
  /** One request of a client, from its creation to its ‘close’. */
  request: {
    /** Whether ‘abort’ was emitted (request.abort() is deprecated since Node 14). */
    abortion: 'none' | 'due' | 'deferred' | 'emitted';
    /** The socket on which the request is sent, and the end of the request. */
    line:
      | 'unassigned'
      | { attached: 'first' | 'second' | 'ceasing' }
      | 'retrying'
      | 'again'
      | 'released'
      | 'upgraded'
      | { gone: 'doomed' | 'withdrawn' | 'renounced' | 'forsaken' | 'cut' | 'ceased' | 'failed' | 'losing' | 'closed' };
    /** What has come of the response. */
    response: { awaited: 'head' | 'interim' } | 'reading' | 'complete' | 'read' | 'spoiled' | 'cancelled' | 'over';
    /** What the program has handed over. */
    message: 'composing' | 'streaming' | 'bare' | 'queued' | 'flushing' | 'finished';
    /** Whether the program should stop writing (back-pressure of the socket). */
    flow: 'free' | 'full';
  };
  /** One response at a client, from its head to the end of its reader. */
  incomingResponse: {
    /** What the peer has sent of the message. */
    body: 'reading' | 'complete';
    /** The stream that the program reads. */
    reader: 'open' | 'losing' | 'cut' | 'closed';
    /** Whether the socket is read (back-pressure of the reader). */
    gate: 'open' | 'shut';
  };
}

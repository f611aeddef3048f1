/** The kinds of objects in a conversation. */
export type Cast = Readonly<Record<string, Role>>;

interface Role {
  /** The events that are always logged. */
  readonly listened: readonly string[];
  /** What `look` logs: which booleans are true, and the sizes of tables of lists. */
  readonly booleans?: readonly string[];
  readonly tables?: readonly string[];
}

const socket = { listened: ['end', 'error', 'timeout', 'close'] };

const incoming = {
  listened: ['end', 'aborted', 'error', 'close'],
  booleans: ['complete', 'aborted', 'destroyed', 'readable', 'readableEnded', 'readableFlowing', 'errored'],
};

/** On the server `req` is incoming and `res` outgoing. */
export const SERVER_CAST: Cast = {
  socket,
  req: incoming,
  res: {
    listened: ['prefinish', 'finish', 'close', 'drain', 'error', 'pipe', 'unpipe'],
    booleans: [
      'headersSent',
      'writableEnded',
      'writableFinished',
      'finished',
      'destroyed',
      'writable',
      'errored',
      'socket',
    ],
  },
};

/** On the client it is the other way round. The run itself listens to requests and to the agent. */
export const CLIENT_CAST: Cast = {
  socket: { listened: ['connect', ...socket.listened] },
  req: {
    listened: [],
    booleans: [
      'headersSent',
      'writableEnded',
      'writableFinished',
      'finished',
      'aborted',
      'destroyed',
      'reusedSocket',
      'writable',
      'errored',
      'socket',
    ],
  },
  res: incoming,
  agent: { listened: [], tables: ['sockets', 'freeSockets', 'requests'] },
};

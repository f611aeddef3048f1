/** Who appears in a conversation, by kind. */
export type Cast = Readonly<Record<string, Role>>;

interface Role {
  /** The events that the log always hears. */
  readonly heard: readonly string[];
  /** What `look` tells: the booleans that are true, and the sizes of tables of lists. */
  readonly booleans?: readonly string[];
  readonly tables?: readonly string[];
}

const socket = { heard: ['end', 'error', 'timeout', 'close'] };

const incoming = {
  heard: ['end', 'aborted', 'error', 'close'],
  booleans: ['complete', 'aborted', 'destroyed', 'readable', 'readableEnded', 'readableFlowing', 'errored'],
};

/** On the server's side `req` comes in and `res` goes out. */
export const SERVER_CAST: Cast = {
  socket,
  req: incoming,
  res: {
    heard: ['prefinish', 'finish', 'close', 'drain', 'error', 'pipe', 'unpipe'],
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

/** On the client's side it is the other way round. The run itself attends to a request and to the agent. */
export const CLIENT_CAST: Cast = {
  socket: { heard: ['connect', ...socket.heard] },
  req: {
    heard: [],
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
  agent: { heard: [], tables: ['sockets', 'freeSockets', 'requests'] },
};

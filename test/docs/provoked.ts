/** For each row of docs/errors.md that has a receiver: something that makes statewire give the error. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Socket, createServer as tcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished, PassThrough } from 'node:stream';
import { fromPromise, setup } from 'xstate';
import https from '../../src/https.js';
import http, { explain, type IncomingMessage, type RequestListener, type ServerResponse } from '../../src/index.js';
import { type ReadJournal, readJournal, record, replay, testOf } from '../../src/journal/index.js';
import {
  everyFault,
  follows,
  memoryAgent,
  read,
  send,
  settled,
  socketPair,
  virtualClock,
} from '../../src/testing/index.js';
import { folder, recorded, withHeader } from '../journal/kit.js';

/** The words of the page for whoever receives an error. */
export const WAYS = {
  thrown: 'thrown',
  callback: 'callback',
  request: "'error' of the request",
  response: "'error' of the response",
  server: "'error' of the server",
  clientError: "'clientError'",
} as const;

export type Way = keyof typeof WAYS;
type Receive = (way: Way) => (error?: unknown) => void;
type Act = (receive: Receive) => unknown;

const nothing = () => {};
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab';

/** A response that nobody has asked for. */
function unsent(method = 'GET', options = {}): ServerResponse {
  const request = Object.assign(new http.IncomingMessage(new PassThrough() as never), { method });
  return new http.ServerResponse(request, options);
}

/** A journal without bytes of one connection, changed and read. */
async function readBytes(change: (file: Buffer) => Buffer): Promise<ReadJournal> {
  const temporary = folder();
  try {
    const file = temporary.file();
    await recorded(file, { bytes: 'none' }, async () => {
      const [peer, socket] = socketPair();
      http.createServer(nothing).emit('connection', socket);
      peer.destroy();
      await settled();
    });
    writeFileSync(file, change(readFileSync(file)));
    const journal = await readJournal(file);
    await Promise.all(journal.connections().map((each) => each.frames()));
    return journal;
  } finally {
    // A journal reads its file when it is asked.
    setImmediate(temporary.remove);
  }
}

/** A request to a handler of a server in memory. */
function ask(receive: Receive, handler: RequestListener, options = {}): ReturnType<typeof http.request> {
  const agent = memoryAgent(http.createServer(handler));
  const request = http.request({ agent, ...options }, (response) => response.on('error', receive('response')).resume());
  return request.on('error', receive('request'));
}

/** A server in memory that is sent some bytes; returns the end that has sent them. */
export function serve(receive: Receive, bytes: string, handler: RequestListener = nothing): Socket {
  const server = http.createServer((request, response) => {
    request.on('error', receive('request'));
    handler(request, response);
  });
  server.on('clientError', (error, socket) => {
    receive('clientError')(error);
    socket.destroy();
  });
  const [peer, socket] = socketPair();
  peer.on('error', nothing);
  server.emit('connection', socket);
  peer.write(bytes);
  return peer;
}

/** A client that gets some bytes for its GET, and what follows. */
export async function getBytes(receive: Receive, bytes: string, then: (peer: Socket) => unknown): Promise<void> {
  const [socket, peer] = socketPair();
  peer.on('error', nothing).resume();
  const request = http.get({ createConnection: () => socket }, (response) => {
    response.on('error', receive('response')).resume();
  });
  request.on('error', receive('request'));
  if (bytes !== '') peer.write(bytes);
  await settled();
  then(peer);
}

async function listening(server: ReturnType<typeof tcpServer>): Promise<number> {
  await once(server.listen(0), 'listening');
  return (server.address() as AddressInfo).port;
}

const onResponse = (receive: Receive, act: (response: ServerResponse) => void) =>
  ask(receive, (_request, response) => act(response.on('error', receive('response')))).end();

const reset = (peer: Socket) => peer.resetAndDestroy();
const end = (peer: Socket) => peer.end();

const closed = (request: ReturnType<typeof http.get>) => new Promise<void>((done) => request.on('close', () => done()));

/** By the first cell of the row. */
export const provoked: Readonly<Record<string, Act>> = {
  ERR_HTTP_HEADERS_SENT: () => unsent().writeHead(200).setHeader('a', 'b'),
  ERR_HTTP_INVALID_HEADER_VALUE: () => unsent().setHeader('a', undefined as never),
  ERR_HTTP_INVALID_STATUS_CODE: () => unsent().writeHead(99),
  ERR_HTTP_TRAILER_INVALID: () => unsent().setHeader('trailer', 'a').setHeader('content-length', 1).end(),
  ERR_HTTP_BODY_NOT_ALLOWED: () => unsent('HEAD', { rejectNonStandardBodyWrites: true }).write('a'),
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: () => {
    const response = unsent().setHeader('content-length', 3);
    response.strictContentLength = true;
    response.end('abcdef');
  },
  ERR_INVALID_HTTP_TOKEN: () => unsent().setHeader('a b', 'c'),
  ERR_INVALID_CHAR: () => unsent().setHeader('a', 'b\r\nc: d'),
  ERR_UNESCAPED_CHARACTERS: () => http.get({ path: '/a b' }),
  ERR_INVALID_PROTOCOL: () => http.get('ftp://a'),
  ERR_INVALID_ARG_TYPE: (receive) => {
    http.get({ createConnection: () => 1 as never }).on('error', receive('request'));
    unsent().write(1 as never);
  },
  ERR_INVALID_ARG_VALUE: () => http.createServer({ httpValidation: 'lax' as never }),
  ERR_OUT_OF_RANGE: () => http.createServer({ requestTimeout: -1 }),
  ERR_PROXY_INVALID_CONFIG: () => new http.Agent({ proxyEnv: { HTTP_PROXY: 'http://' } }),
  ERR_METHOD_NOT_IMPLEMENTED: () => new http.OutgoingMessage().write('a'),
  ERR_HTTP_SOCKET_ASSIGNED: () => {
    const socket = new PassThrough() as never;
    unsent().assignSocket(socket);
    unsent().assignSocket(socket);
  },
  ERR_HTTP_SOCKET_ENCODING: async (receive) => {
    let socket: Socket | undefined;
    serve(receive, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', (request: IncomingMessage) => {
      socket = request.socket;
    });
    await settled();
    socket!.setEncoding('utf8');
  },
  ERR_STREAM_NULL_VALUES: () => unsent().write(null as never),
  ERR_STREAM_CANNOT_PIPE: (receive) => {
    (ask(receive, nothing) as unknown as PassThrough).pipe(new PassThrough());
    onResponse(receive, (response) => (response as unknown as PassThrough).pipe(new PassThrough()));
  },
  ERR_STREAM_WRITE_AFTER_END: (receive) => {
    ask(receive, nothing).end().write('a', receive('callback'));
    onResponse(receive, (response) => response.end().write('a'));
  },
  ERR_STREAM_ALREADY_FINISHED: async (receive) => {
    const request = ask(receive, (_request, response) => response.end()).end();
    await settled();
    request.end(receive('callback'));
  },
  ERR_STREAM_DESTROYED: (receive) => ask(receive, nothing).destroy().write('a', receive('callback')),
  ERR_SERVER_NOT_RUNNING: async (receive) => {
    http.createServer().close(receive('callback'));
    await http.createServer().drain();
  },
  ERR_INVALID_STATE: async () => {
    const server = http.createServer();
    await listening(server);
    void server.drain({ grace: 1000, deadline: 1000 });
    try {
      await server.drain();
    } finally {
      server.close();
    }
  },
  ABORT_ERR: async (receive) => {
    const before = new AbortController();
    ask(receive, nothing, { signal: before.signal }).end();
    before.abort();
    const after = new AbortController();
    ask(receive, (_request, response) => response.write('a'), { signal: after.signal }).end();
    await settled();
    after.abort();
  },
  'ECONNRESET “socket hang up”': (receive) => getBytes(receive, '', end),
  'ECONNRESET “aborted”': async (receive) => {
    await getBytes(receive, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', end);
    const peer = serve(receive, POST);
    await settled();
    peer.end();
  },
  'ECONNRESET “read ECONNRESET”': async (receive) => {
    await getBytes(receive, '', reset);
    const peer = serve(receive, POST);
    await settled();
    peer.resetAndDestroy();
  },
  ECANCELED: async (receive) => {
    const peer = serve(receive, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', (_request, response) => {
      response.write('a'.repeat(1_000_000));
      response.end('b', receive('callback'));
      setImmediate(() => response.destroy());
    });
    await settled();
    peer.destroy();
  },
  ERR_PROXY_TUNNEL: async (receive) => {
    const proxy = tcpServer((socket) => socket.on('error', nothing).end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const agent = new https.Agent({ proxyEnv: { HTTPS_PROXY: `http://127.0.0.1:${await listening(proxy)}` } });
    const request = https.get({ agent, host: 'a.test' }).on('error', receive('request'));
    await closed(request);
    proxy.close();
  },
  ERR_HTTP_REQUEST_TIMEOUT: async (receive) => {
    using clock = virtualClock();
    serve(receive, 'GET / HT');
    await settled();
    await clock.advance(120_000);
  },
  ECONNREFUSED: async (receive) => {
    const server = tcpServer();
    const port = await listening(server);
    await new Promise((done) => server.close(done));
    const request = http.get({ port }).on('error', receive('request'));
    await closed(request);
  },
  ENOTFOUND: async (receive) => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const lookup = (_name: string, _options: object, found: (error: Error) => void) => found(unknown);
    const request = http.get({ host: 'a.invalid', lookup: lookup as never }).on('error', receive('request'));
    await closed(request);
  },
  ETIMEDOUT: async (receive) => {
    const late = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
    const createConnection = (_options: object, opened: (error: Error) => void) => void opened(late);
    const request = http.get({ createConnection: createConnection as never }).on('error', receive('request'));
    await closed(request);
  },
  EADDRINUSE: async (receive) => {
    const first = tcpServer();
    const port = await listening(first);
    const second = http.createServer().listen(port);
    const [error] = await once(second, 'error');
    receive('server')(error);
    first.close();
  },
  ERR_INVALID_URL: () => http.get('no url'),
  ERR_SOCKET_BAD_PORT: () => http.get({ port: 99_999 }),
  ERR_UNKNOWN_ENCODING: () => unsent().write('a', 'utf9' as never),
  ERR_STREAM_PREMATURE_CLOSE: (receive) => {
    onResponse(receive, (response) => {
      finished(response, receive('callback'));
      response.destroy();
    });
  },
  STATEWIRE_CLOCK_INSTALLED: () => {
    using _first = virtualClock();
    virtualClock();
  },
  STATEWIRE_JOURNAL_RECORDING: () => {
    const journal = record();
    try {
      record();
    } finally {
      journal.stop();
    }
  },
  STATEWIRE_JOURNAL_FOREIGN: () => readBytes(() => Buffer.from('HTTP/1.1 200 OK')),
  STATEWIRE_JOURNAL_NEWER: () => readBytes((file) => withHeader(file, { format: 99 })),
  STATEWIRE_JOURNAL_DAMAGED: () => readBytes((file) => file.subarray(0, 20)),
  STATEWIRE_JOURNAL_INCOMPLETE: async () => {
    const journal = await readBytes((file) => file);
    await replay(journal.connections()[0]!);
  },
  STATEWIRE_JOURNAL_TOO_LARGE: async () => {
    const temporary = folder();
    try {
      const journal = await recorded(temporary.file(), { bytes: 'raw', redact: false }, async () => {
        const [peer, socket] = socketPair();
        http.createServer((_req, res) => res.end(Buffer.alloc(17 << 20))).emit('connection', socket);
        peer.resume().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await settled();
        peer.destroy();
      });
      await testOf(journal.connections()[0]!);
    } finally {
      temporary.remove();
    }
  },
  STATEWIRE_NO_PROGRAM: () => everyFault({ server: new URL('./examples.ts', import.meta.url), script: [read()] }),
  STATEWIRE_NO_UPSTREAM: () =>
    everyFault({
      server: () => http.createServer((_req, res) => void http.get('http://a/').on('error', () => res.end())),
      script: [send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), read()],
    }),
  // In the sources, too, there is nothing to load in a thread.
  STATEWIRE_NOT_ISOLATED: () => everyFault({ server: new URL('file:///app.js'), script: [read()], isolate: true }),
  STATEWIRE_UNSAFE_FOLDER: async () => {
    const { TMPDIR } = process.env as { TMPDIR?: string };
    const folder = mkdtempSync(join(tmpdir(), 'statewire-unsafe-'));
    process.env['TMPDIR'] = folder;
    writeFileSync(join(folder, `statewire-${process.getuid?.()}`), '');
    try {
      await explain.serve();
    } finally {
      if (TMPDIR === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
      else process.env['TMPDIR'] = TMPDIR;
      rmSync(folder, { recursive: true });
    }
  },
  STATEWIRE_UNSUPPORTED_CHART: () => {
    const work = fromPromise(async () => {});
    follows(setup({ actors: { work } }).createMachine({ id: 'odd', invoke: { src: 'work' } }) as never, []);
  },
};

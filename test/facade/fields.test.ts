/**
 * Undocumented members that widely used packages read, call or set. A response is inspected at the points of its life at which
 * they do so.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { HOST } from '../conversations/kit/host.js';
import { exchange, type Handler, post } from './kit/exchange.js';
import { type Http, twice } from './kit/twice.js';

type Fields = Record<string, unknown>;
type Piece = { data: string; encoding: string; callback: unknown };
type Inner = {
  _header: string | null;
  _last: boolean;
  outputData: Piece[];
  outputSize: number;
  shouldKeepAlive: boolean;
  useChunkedEncodingByDefault: boolean;
  chunkedEncoding: boolean;
};
type Response = ServerResponse & Inner;
type HttpSocket = Socket & { _httpMessage?: unknown; parser?: unknown; server?: unknown };

const RESPONSE_FIELDS = [
  '_headerSent',
  '_last',
  '_hasBody',
  '_contentLength',
  '_defaultKeepAlive',
  '_removedConnection',
  '_removedContLen',
  '_removedTE',
  '_sent100',
  '_expect_continue',
  '_trailer',
  '_closed',
  '_keepAliveTimeout',
  'shouldKeepAlive',
  'useChunkedEncodingByDefault',
  'chunkedEncoding',
  'sendDate',
  'finished',
  'destroyed',
  'writable',
  'headersSent',
  'writableEnded',
  ...(HOST < 24 ? [] : ['writableFinished']), // See `writable-finished` in docs/differences-from-node.md.
  'writableObjectMode',
  'writableHighWaterMark',
  'statusCode',
  'statusMessage',
  'outputSize',
  'strictContentLength',
  'maxRequestsOnConnectionReached',
] as const;

const REQUEST_FIELDS = [
  'aborted',
  'complete',
  'destroyed',
  'upgrade',
  'httpVersion',
  'httpVersionMajor',
  'httpVersionMinor',
  'method',
  'url',
  'statusCode',
  'statusMessage',
  'readable',
  'readableEnded',
  'readableFlowing',
] as const;

/** What changes at another moment since Node 26: see `ends` and `joined-chunks` in docs/differences-from-node.md. */
const MOVED =
  HOST < 26 ? [] : ['_headerSent', '_closed', 'complete', 'destroyed', 'readable', 'readableEnded', 'readableFlowing'];

/** The points at which both are inspected. */
const MOMENTS =
  HOST < 26 ? { res: ['prefinish', 'finish', 'close'], req: ['end', 'close'] } : { res: ['finish'], req: [] };

function look(req: IncomingMessage, res: ServerResponse, socket: HttpSocket): Fields {
  const of = (object: object, names: readonly string[]) =>
    Object.fromEntries(names.filter((name) => !MOVED.includes(name)).map((name) => [name, Reflect.get(object, name)]));
  return {
    ...of(res, RESPONSE_FIELDS),
    header: (res as Response)._header?.replace(/Date: [^\r]*\r\n/, '') ?? null,
    pieces: (res as Response).outputData.length,
    socket: res.socket === socket,
    connection: res.connection === socket,
    isMessageOfSocket: socket._httpMessage === res,
    message: socket._httpMessage === null,
    parser: typeof socket.parser,
    serverOfSocket: typeof socket.server,
    req: of(req, REQUEST_FIELDS),
    requestOfResponse: res.req === req,
  };
}

/** The members at each point of an exchange, in order. */
async function follow(http: Http, handler: Handler, send: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  await exchange(
    http,
    (req, res) => {
      const { socket } = req;
      const note = (when: string) => seen.push([when, look(req, res, socket)]);
      note('request');
      for (const event of MOMENTS.res) res.on(event, () => note(`res ${event}`));
      for (const event of MOMENTS.req) req.on(event, () => note(`req ${event}`));
      handler(req, res);
      note('handled');
    },
    { send },
  );
  return seen;
}

const head = (method: string, version = '1.1', more = '') =>
  `${method} / HTTP/${version}\r\nHost: a\r\nConnection: close\r\n${more}\r\n`;

describe('the undocumented members of a response and its request', () => {
  const sends: Readonly<Record<string, string>> = {
    'a GET': head('GET'),
    'a HEAD': head('HEAD'),
    'a POST': post('body'),
    'a GET of HTTP/1.0': head('GET', '1.0'),
    'a POST with Expect: 100-continue': head('POST', '1.1', 'Expect: 100-continue\r\nContent-Length: 2\r\n').concat(
      'ok',
    ),
  };
  const handlers: Readonly<Record<string, Handler>> = {
    'end(x)': (_req, res) => res.end('x'),
    'end()': (_req, res) => res.end(),
    'write(x), end(y)': (_req, res) => {
      res.write('x');
      res.end('y');
    },
    'write(x), later end(y)': (_req, res) => {
      res.write('x');
      setImmediate(() => res.end('y'));
    },
    'a Content-Length': (_req, res) => {
      res.setHeader('Content-Length', 1);
      res.end('x');
    },
    'a status without a body': (_req, res) => res.writeHead(204).end(),
    'a status 304': (_req, res) => res.writeHead(304).end(),
    'removed headers': (_req, res) => {
      res.sendDate = false;
      for (const name of ['Connection', 'Content-Length', 'Transfer-Encoding', 'Date']) res.removeHeader(name);
      res.end('x');
    },
    'destroy()': (_req, res) => {
      res.write('x');
      res.destroy();
    },
    'a body that is read first': (req, res) => {
      req.resume().on('end', () => res.end('x'));
    },
  };

  for (const [sent, send] of Object.entries(sends)) {
    for (const [done, handler] of Object.entries(handlers)) {
      twice(`${sent}: ${done}`, (http) => follow(http, handler, send));
    }
  }
});

describe('trailers', () => {
  for (const [name, send] of Object.entries({
    'a GET': head('GET'),
    'a HEAD': head('HEAD'),
    'HTTP/1.0': head('GET', '1.0'),
  })) {
    twice(`in the response to ${name}`, (http) =>
      exchange(
        http,
        (_req, res) => {
          try {
            res.setHeader('Trailer', 'a');
            res.write('x');
            res.addTrailers({ a: 'b' });
            res.end();
          } catch (error) {
            res.socket?.end(String((error as NodeJS.ErrnoException).code));
          }
        },
        { send },
      ),
    );
  }
});

describe('a response set up by undocumented members', () => {
  const handlers: Readonly<Record<string, Handler>> = {
    shouldKeepAlive: (_req, res) => {
      res.shouldKeepAlive = false;
      res.end('x');
    },
    useChunkedEncodingByDefault: (_req, res) => {
      res.useChunkedEncodingByDefault = false;
      res.write('x');
      res.end('y');
    },
    chunkedEncoding: (_req, res) => {
      res.chunkedEncoding = true;
      res.end('x');
    },
    _last: (_req, res) => {
      (res as Response)._last = true;
      res.end('x');
    },
    _hasBody: (_req, res) => {
      (res as unknown as Fields)['_hasBody'] = false;
      res.end('x');
    },
    _removedTE: (_req, res) => {
      (res as unknown as Fields)['_removedTE'] = true;
      res.setHeader('Connection', 'close'); // See `removed-framing` in docs/differences-from-node.md.
      res.write('x');
      res.end('y');
    },
    '_header before it is sent': (_req, res) => {
      res.writeHead(200, { a: '1' });
      const response = res as Response;
      response._header = response._header?.replace('a: 1', 'a: 2') ?? null;
      res.end('x');
    },
    statusMessage: (_req, res) => {
      res.statusMessage = 'Fine';
      res.end('x');
    },
  };
  const keptAlive = 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  for (const [name, handler] of Object.entries(handlers)) {
    twice(name, (http) => exchange(http, handler, { send: keptAlive }));
  }
});

const request = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as never;

describe('outputData', () => {
  twice('contains what waits for its turn, and can be changed', (http) => {
    const waiting: Response[] = [];
    let pieces: unknown;
    return exchange(
      http,
      (req, res) => {
        if (req.url === '/1') setImmediate(() => setImmediate(() => respondToBoth(res)));
        else {
          res.sendDate = false;
          res.end('second');
          waiting.push(res as Response);
        }
      },
      {
        send: 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      },
    ).then((bytes) => [pieces, bytes]);

    function respondToBoth(first: ServerResponse): void {
      const [second] = waiting;
      pieces = second?.outputData.map(({ data }) => data).join('');
      for (const piece of second?.outputData ?? [])
        piece.data = piece.data.replace('HTTP/1.1 200 OK', 'HTTP/1.1 201 OK');
      first.end('first');
    }
  });

  twice('has its size in writableLength', (http) => {
    const res = new http.ServerResponse(request);
    const { outputSize } = res as unknown as Inner;
    res.sendDate = false;
    const results = [res.write('one'), res.write(Buffer.from('two')), res.write('x'.repeat(100_000))];
    const { outputSize: size } = res as unknown as Inner;
    return [...results, outputSize, size, res.writableLength, res.writableNeedDrain];
  });
});

describe('a socket', () => {
  const collector = () => {
    const socket = new Writable({ write: (_chunk, _encoding, done) => done() });
    return socket as Writable & { _httpMessage?: unknown };
  };

  twice('has one message at a time', (http) => {
    const socket = collector();
    const [first, second] = [new http.ServerResponse(request), new http.ServerResponse(request)];
    first.assignSocket(socket as never);
    try {
      second.assignSocket(socket as never);
      return 'assigned';
    } catch (error) {
      return [(error as NodeJS.ErrnoException).code, socket._httpMessage === first];
    }
  });

  twice('can be moved from one message to another', async (http) => {
    const socket = collector();
    const [first, second] = [new http.ServerResponse(request), new http.ServerResponse(request)];
    first.assignSocket(socket as never);
    first.detachSocket(socket as never);
    const between = [first.socket, socket._httpMessage];
    second.assignSocket(socket as never);
    second.end('x');
    await once(second, 'finish');
    return [...between, socket._httpMessage === second, socket.listenerCount('close')];
  });

  twice('closes its message when it closes', async (http) => {
    const socket = collector();
    const res = new http.ServerResponse(request);
    res.assignSocket(socket as never);
    res.write('x');
    const closed = once(res, 'close');
    socket.destroy();
    await closed;
    return [res.destroyed, res.writableFinished, res.closed];
  });

  twice(
    'has its server, its parser and its message while it serves',
    (http) =>
      new Promise((resolve) => {
        const server = http.createServer((req, res) => {
          const socket = req.socket as HttpSocket;
          const during = [socket.server === server, socket._httpMessage === res, typeof socket.parser];
          res.end();
          res.on('close', () => resolve([...during, socket._httpMessage, typeof socket.parser]));
        });
        const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
        server.emit('connection', socket);
        socket.push('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      }),
  );

  // On the host this would break a pooled parser that later tests get; Node has its own test.
  it('has a parser that has the request until its end, and can be kept from being freed', async () => {
    let freed = 0;
    const seen = new Promise((resolve) => {
      const server = statewire.createServer((req, res) => {
        const { parser } = req.socket as never as { parser: { incoming: unknown; free(): void; close(): void } };
        parser.free = () => {
          freed++;
          setImmediate(() => parser.close());
        };
        req.on('end', () => {
          const during = parser.incoming === req;
          process.nextTick(() => {
            const afterEnd = parser.incoming;
            req.socket.on('close', () => setImmediate(() => setImmediate(resolve, [during, afterEnd, freed])));
            req.socket.destroy();
          });
        });
        res.end();
      });
      const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
      server.emit('connection', socket as never);
      socket.push('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx');
    });
    expect(await seen).toEqual([true, null, 1]);
  });

  twice(
    'is handed over at an upgrade with nothing left on it',
    (http) =>
      new Promise((resolve) => {
        const server = http.createServer();
        server.on('upgrade', (req, socket: HttpSocket, rest: Buffer) => {
          const events = ['data', 'end', 'error', 'close', 'timeout', 'drain', 'readable'];
          const counts = events.map((event) => socket.listenerCount(event));
          const left = [socket.parser, socket._httpMessage ?? null, socket.readableFlowing, String(rest)];
          resolve([...counts, ...left, req.complete, (req as never as Fields)['upgrade'], req.headers['upgrade']]);
          socket.destroy();
        });
        const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
        server.emit('connection', socket);
        socket.push('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nrest');
      }),
  );
});

/** Twenty programs that hang, and the line that says why: test/explain/hangs.txt. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { Duplex, Writable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import http, {
  type ClientRequest,
  explain,
  type IncomingMessage,
  type RequestOptions,
  type ServerOptions,
  type ServerResponse,
} from '../../src/index.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock({ date: new Date('2026-01-01') });
});
afterEach(() => clock.uninstall());

type Handler = (req: IncomingMessage, res: ServerResponse) => void;
type Peer = ReturnType<typeof socketPair>[0];
/** Sets up the hang. What is explained is what it returns. */
type Hang = () => Promise<object> | object;

/** A server of one connection, to which the peer has sent `bytes`. */
async function served(
  bytes: string,
  handler: Handler,
  options: ServerOptions = {},
  event = 'request',
): Promise<{ socket: Duplex; peer: Peer }> {
  const server = http.createServer(options);
  server.on(event, handler as never);
  const [peer, socket] = socketPair({ highWaterMark: 1024 });
  server.emit('connection', socket);
  peer.on('error', () => {});
  if (bytes !== '') peer.write(bytes);
  await settled();
  return { socket, peer };
}

/** A request on a socket whose peer is the caller. */
async function asked(
  options: RequestOptions,
  send: (req: ClientRequest) => void,
  respond = '',
): Promise<ClientRequest> {
  const [socket, peer] = socketPair({ highWaterMark: 1024 });
  const req = http.request({
    host: 'api',
    path: '/x?token=secret',
    createConnection: () => socket,
    ...options,
  } as never);
  req.on('error', () => {});
  send(req);
  await settled();
  if (respond !== '') {
    peer.resume();
    peer.write(respond);
    await settled();
  }
  return req;
}

const GET = 'GET /report HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
const POST = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n';

/** A socket that is never opened. */
class Connecting extends Duplex {
  connecting = true;
  override _read(): void {}
  override _write(): void {}
}

/** Takes one chunk, and no more. */
class Stuck extends Writable {
  override _write(): void {}
}

const hangs: Record<string, Hang> = {
  'nothing was sent': async () => (await served('', () => {})).socket,
  'half a head': async () => (await served('GET / HTTP/1.1\r\nHo', () => {})).socket,
  'the handler never responds': async () => (await served(GET, () => {})).socket,
  'the handler never ends': async () => (await served(GET, (_req, res) => res.write('x'))).socket,
  'the peer does not read the response': async () =>
    (await served(GET, (_req, res) => res.write('x'.repeat(70_000)))).socket,
  'the peer does not read the end': async () => (await served(GET, (_req, res) => res.end('x'.repeat(70_000)))).socket,
  'the peer does not send the body': async () => (await served(POST, (req) => req.resume())).socket,
  'the body stops half way': async () => (await served(`${POST}xxx`, (req) => req.resume())).socket,
  'the handler does not read the body': async () => {
    const { socket, peer } = await served(POST, () => {}, { highWaterMark: 1024 });
    peer.write('x'.repeat(2000));
    await settled();
    return socket;
  },
  'the handler has paused the body': async () => {
    const { socket, peer } = await served(POST, (req) => req.on('data', () => req.pause()), { highWaterMark: 1024 });
    for (let i = 0; i < 4; i++) {
      peer.write('x'.repeat(900));
      await settled();
    }
    return socket;
  },
  'the body is piped to what takes no more': async () => {
    const { socket, peer } = await served(POST, (req) => req.pipe(new Stuck({ highWaterMark: 1 })), {
      highWaterMark: 1024,
    });
    for (let i = 0; i < 4; i++) {
      peer.write('x'.repeat(900));
      await settled();
    }
    return socket;
  },
  "a listener of 'timeout' does nothing": async () =>
    (await served(GET, (req) => req.setTimeout(60_000, () => {}))).socket,
  "a listener of 'clientError' does nothing": async () =>
    (await served('blah\r\n\r\n', () => {}, {}, 'clientError')).socket,
  "a listener of 'clientError' has ended the socket": async () => {
    const end = (_error: unknown, socket: unknown) => (socket as Duplex).end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const { socket, peer } = await served('', end as never, {}, 'clientError');
    peer.allowHalfOpen = true;
    (socket as { allowHalfOpen: boolean }).allowHalfOpen = true;
    peer.write('blah\r\n\r\n');
    await settled();
    return socket;
  },
  'the handler has paused the socket': async () => (await served(POST, (req) => req.socket.pause())).socket,
  'the socket was paused in the middle of a body': async () =>
    (await served(`${POST}xxx`, (req) => req.resume())).socket.pause(),
  "the handler listens to 'readable' of the socket": async () =>
    (await served(POST, (req) => req.on('data', () => {}).socket.on('readable', () => {}))).socket,
  "the handler has removed the socket's listeners of 'data'": async () =>
    (await served(POST, (req) => req.on('data', () => {}).socket.removeAllListeners('data'))).socket,
  'the socket was paused before the next request': async () => {
    const { socket } = await served(GET, (_req, res) => res.end('x'));
    return socket.pause();
  },
  'a part of a head, and the socket is paused': async () => (await served('GET / HT', () => {})).socket.pause(),
  'the socket was paused before the first request': async () => (await served('', () => {})).socket.pause(),
  'the socket of a request was paused': () => asked({}, (req) => req.on('socket', (each) => each.pause()).end()),
  'the socket of a response was paused': async () => {
    const req = await asked({}, (each) => each.on('response', (res) => res.resume()).end(), `${OK}abc`);
    req.socket!.pause();
    return req;
  },
  "the handler listens to 'end' alone": async () =>
    (await served(GET, (req, res) => req.on('end', () => res.end('never')))).socket,
  'Expect: 100-continue is not responded to': async () =>
    (await served(POST.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'), () => {}, {}, 'checkContinue')).socket,
  'a response is corked': async () => {
    const handler: Handler = (_req, res) => {
      res.writeHead(200);
      res.cork();
      res.write('x');
    };
    return (await served(GET, handler)).socket;
  },
  'the socket of a response was corked': async () => {
    const handler: Handler = (req, res) => {
      req.socket.cork();
      res.write('x'.repeat(70_000));
    };
    return (await served(GET, handler)).socket;
  },
  'the socket of a request was corked': () =>
    asked({ method: 'PUT' }, (req) => req.on('socket', (each) => each.cork()).write('x'.repeat(70_000))),
  'a corked response has taken more than it should': async () => {
    const handler: Handler = (_req, res) => {
      res.cork();
      res.write('x'.repeat(70_000));
      res.write('x'.repeat(70_000));
    };
    return (await served(GET, handler)).socket;
  },
  'a corked request has taken more than it should': () =>
    asked({ method: 'PUT', headers: { 'Content-Length': 90_000 } }, (req) => {
      req.cork();
      req.write('x'.repeat(70_000));
    }),
  'a pipelined response waits': async () => {
    const handler: Handler = (req, res) => {
      if (req.url === '/b') res.end('b');
    };
    return (await served(GET + GET.replace('/report', '/b'), handler)).socket;
  },
  'the connection is idle': async () => (await served(GET, (_req, res) => res.end('x'))).socket,
  "the connection is idle, and a listener of 'timeout' does nothing": async () => {
    const server = http.createServer((_req, res) => res.end('x')).on('timeout', () => {});
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.write(GET);
    await settled();
    return socket;
  },
  'the socket was upgraded': async () => {
    const upgrade = GET.replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    let found: object = {};
    await served(
      upgrade,
      (req) => {
        found = req;
      },
      {},
      'upgrade',
    );
    return found;
  },
  'the peer has sent FIN': async () => {
    const server = http.createServer(() => {});
    Object.assign(server, { httpAllowHalfOpen: true });
    const [peer, socket] = socketPair();
    (socket as { allowHalfOpen: boolean }).allowHalfOpen = true;
    server.emit('connection', socket);
    peer.end(GET);
    await settled();
    return socket;
  },
  'the request is not ended': () => asked({ method: 'POST' }, (req) => req.write('x')),
  'the server does not respond': () => asked({}, (req) => req.end()),
  'the server reads nothing': () => asked({ method: 'PUT' }, (req) => req.end('x'.repeat(70_000))),
  'the server sends no 100 Continue': () =>
    asked({ method: 'PUT', headers: { Expect: '100-continue', 'Content-Length': 5 } }, (req) => req.flushHeaders()),
  'the response stops half way': () => asked({}, (req) => req.on('response', (res) => res.resume()).end(), `${OK}abc`),
  'nobody reads the response': () =>
    asked({}, (req) => req.on('response', () => {}).end(), 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'),
  'the connection is not opened': () =>
    asked({ createConnection: () => new Connecting() } as never, (req) => req.end()),
  'the TLS handshake does not end': () =>
    asked(
      {
        createConnection: () => Object.assign(new Connecting(), { connecting: false, secureConnecting: true }),
      } as never,
      (req) => req.end(),
    ),
  "nobody listens to 'timeout'": () => asked({}, (req) => req.setTimeout(60_000).end()),
  "a listener of the request's 'timeout' does nothing": () =>
    asked({ signal: new AbortController().signal }, (req) => req.setTimeout(60_000, () => {}).end()),
  'a signal is not aborted': () => asked({ signal: new AbortController().signal }, (req) => req.end()),
  'the body is shorter than its Content-Length': () =>
    asked({ method: 'PUT', headers: { 'Content-Length': 5 } }, (req) => req.end('xx')),
  'a response came in place of 100 Continue': () =>
    asked(
      { method: 'PUT', headers: { Connection: 'keep-alive', Expect: '100-continue', 'Content-Length': 5 } },
      (req) => req.on('response', (res) => res.resume()).flushHeaders(),
      'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n',
    ),
  'there is no connection': () => asked({ createConnection: () => undefined } as never, (req) => req.end()),
  'the queue is full': async () => {
    const agent = memoryAgent(
      http.createServer(() => {}),
      { maxSockets: 1 },
    );
    const [, req] = [1, 2].map(() => http.get({ agent, host: 'api' }));
    await settled();
    return req!;
  },
  'an agent keeps a connection': async () => {
    const agent = memoryAgent(
      http.createServer((_req, res) => res.end()),
      { keepAlive: true },
    );
    const req = http.get({ agent, host: 'api' }, (res) => res.resume());
    await settled();
    await settled();
    return req.destroyed ? agent : req;
  },
  'a server is closing': async () => {
    const server = http.createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
    client.write(GET);
    await once(server, 'request');
    server.close();
    return server;
  },
};

const lines = new Map<string, string>();

it.each(Object.keys(hangs))('%s', async (name) => {
  const subject = await hangs[name]!();
  await clock.advance(2500);
  await settled();
  const text = explain(subject).map(String).join('\n');
  lines.set(name, text);
  if (subject instanceof http.Server) subject.closeAllConnections();
  expect(text).toMatch(/^(?:[sc]\d+(?:\.\d+)?|q\d+|-) +\S/);
  expect(text).not.toMatch(/unknown|undefined|NaN|secret/);
});

it('each has its own line', () => {
  // Which connection it is depends on the order of the tests.
  const plain = [...lines].map(([name, text]) => [name, text.replace(/\b([scq])\d+/g, '$1N')] as const);
  const texts = plain.map(([, text]) => text);
  expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  const file = new URL('./hangs.txt', import.meta.url);
  const golden = `${plain.map(([name, text]) => `${name}\n${text.replace(/^/gm, '  ')}`).join('\n\n')}\n`;
  if (process.env['UPDATE']) writeFileSync(file, golden);
  expect(golden).toBe(readFileSync(file, 'utf8'));
});

/** Exchanges that end in each of the ways. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import http, { type Agent, type ClientRequest, type Ending, explain, type RequestOptions } from '../../src/index.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';
import { ask, endingsOf, GET, OK, POST, serve } from './kit.js';

let clock: VirtualClock;

/** Runs it with a virtual clock. */
export async function staged({ role, stage }: Way): Promise<string> {
  clock = virtualClock();
  try {
    let result: unknown;
    const endings = await endingsOf(async () => {
      result = await stage();
    });
    return typeof result === 'string' ? result : shown(endings, role).join(', ');
  } finally {
    clock.uninstall();
  }
}

/** `code timer status closedFirst`, for each of one role. */
const shown = (endings: readonly Ending[], role: string): string[] =>
  endings
    .filter((ending) => ending.role === role)
    .map(({ code, timer, status, closedFirst }) => [code, timer, status, closedFirst].filter(Boolean).join(' '));

/** Sets it up. If it returns a line of `explain`, that is what counts. */
type Stage = () => Promise<unknown>;

const reset = ({ peer }: { peer: { resetAndDestroy(): unknown } }): void => void peer.resetAndDestroy();

const endedText = (of: object): string => String(explain(of)[0]!.ended).replace(/:.*/, '');

const atServer: Record<string, Stage> = {
  '-- 200': () => serve(GET, (_req, res) => res.end('x')),
  '-- 200, -- 200': () => serve(GET + GET, (_req, res) => res.end('x')),
  '-- 200 peer': async () => {
    const { server, peer, responses } = await serve('', undefined);
    server.httpAllowHalfOpen = true;
    peer.end(GET);
    await settled();
    responses[0]!.end('x');
  },
  'PH 400 peer': async () => (await serve('GET / HT')).peer.end(),
  'RH peer': async () => reset(await serve('GET / HT')),
  'EH 400 us': () => serve('blah\r\n\r\n'),
  'EH (a listener has its socket)': async () => {
    const { server, peer } = await serve('');
    server.on('clientError', () => {});
    peer.write('blah\r\n\r\n');
  },
  'EH 431 us': () => serve(`GET / HTTP/1.1\r\nHost: a\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`),
  'EH 400': () => serve('GET / HTTP/1.1\r\n\r\n'),
  'EH 417': () => serve('GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n'),
  'TH headersTimeout 408 us': async () => {
    await serve('GET / HT', undefined, { headersTimeout: 1000, connectionsCheckingInterval: 100 });
    await clock.advance(2000);
  },
  'TB requestTimeout 408 us': async () => {
    await serve(POST, undefined, { requestTimeout: 1000, headersTimeout: 500, connectionsCheckingInterval: 100 });
    await clock.advance(2000);
  },
  'PB 400 peer': async () => (await serve(POST)).peer.end('xx'),
  'RB peer': async () => reset(await serve(POST)),
  'EB 400 us': () => serve('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n'),
  'PW peer': async () => (await serve(GET)).peer.end(),
  'RW peer': async () => reset(await serve(GET)),
  'UW us': () => serve(GET, (_req, res) => res.destroy()),
  'UW us, UW us': async () => {
    const { responses, peer } = await serve(GET + GET);
    responses[0]!.destroy();
    peer.end();
  },
  'TW server.timeout us': async () => {
    await serve(GET, undefined, {}).then(({ server, socket }) => {
      server.timeout = 1000;
      socket.setTimeout(1000);
    });
    await clock.advance(2000);
  },
  'TH server.timeout us': async () => {
    const { server, socket } = await serve('GET / HT');
    server.timeout = 1000;
    socket.setTimeout(1000);
    await clock.advance(2000);
  },
  'UA 200 us (it is shorter than its Content-Length)': () =>
    serve(GET, (_req, res) => res.writeHead(200, { 'Content-Length': 3 }).end('xx')),
  '-- 200 (it is longer than its Content-Length)': () =>
    serve(GET, (_req, res) => res.writeHead(200, { 'Content-Length': 3 }).end('xxxx')),
  'TW setTimeout us': async () => {
    await serve(GET, (req) => req.setTimeout(1000));
    await clock.advance(2000);
  },
  'UW server.timeout us (in its listener)': async () => {
    const { server, socket } = await serve(GET);
    server.timeout = 1000;
    server.on('timeout', (each) => each.destroy());
    socket.setTimeout(1000);
    await clock.advance(2000);
  },
  'UW setTimeout us (in its listener)': async () => {
    await serve(GET, (_req, res) => res.setTimeout(1000, () => res.destroy()));
    await clock.advance(2000);
  },
  'DW 503 us': async () => {
    const { server } = await serve(GET);
    await new Promise<void>((resolve) => server.listen(0, resolve));
    void server.drain({ deadline: 1000 });
    await clock.advance(2000);
    await settled();
  },
  'PA 200 peer': async () => (await serve(GET, (_req, res) => res.write('x'))).peer.end(),
  'RA 200 peer': async () => reset(await serve(GET, (_req, res) => res.write('x'))),
  'UA 200 us': async () => (await serve(GET, (_req, res) => res.write('x'))).responses[0]!.destroy(),
  'UW us (the socket)': async () => (await serve(GET)).socket.destroy(),
  SW: async () => (await serve(GET)).socket.destroy(Object.assign(new Error('x'), { code: 'ETIMEDOUT' })),
  'UF 200 us': () =>
    serve(GET, (_req, res) => {
      res.end('x'.repeat(1_000_000));
      res.destroy();
    }),
  '-- (an upgrade)': async () => {
    const { server, peer } = await serve('');
    server.on('upgrade', () => {});
    peer.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  },
  'EW us': () => serve('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'),
  '': async () => (await serve('')).peer.end(),
  'PW peer, PB peer': async () => {
    const { server, peer } = await serve(`${GET}${POST}xx`);
    server.on('clientError', () => {});
    peer.end();
  },
  '-- 200, EH 400 us': async () => (await serve(`${GET}blah\r\n\r\n`)).responses[0]!.end(),
  '-- 200, TH headersTimeout 408 us': async () => {
    const options = { headersTimeout: 1000, connectionsCheckingInterval: 100 };
    const { responses } = await serve(`${GET}GET / HT`, undefined, options);
    await clock.advance(2000);
    responses[0]!.end();
  },
  'UW us, UF 200 us': async () => {
    const { responses } = await serve(GET + GET);
    responses[1]!.end();
    responses[0]!.destroy();
  },
  'PA 204 peer': async () => (await serve(GET, (_req, res) => res.writeHead(204).flushHeaders())).peer.end(),
  'UW us, UW us (the socket, while a change of protocol waits)': async () => {
    const { server, socket, peer } = await serve(GET);
    server.on('upgrade', () => {});
    peer.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    await settled();
    socket.end();
  },
  'ended DI': async () => {
    const { server, socket } = await serve(GET, (_req, res) => res.end());
    server.closeIdleConnections();
    await settled();
    return endedText(socket);
  },
  'ended DI (before the first request)': async () => {
    const { server, socket } = await serve('');
    server.close();
    await settled();
    return endedText(socket);
  },
  'ended TI': async () => {
    const { socket } = await serve(GET, (_req, res) => res.end(), { keepAliveTimeout: 1000 });
    await clock.advance(5000);
    return endedText(socket);
  },
  'ended TI: server.timeout has passed (before the first request)': async () => {
    const { server, socket } = await serve('');
    server.timeout = 1000;
    socket.setTimeout(1000);
    await clock.advance(2000);
    return String(explain(socket)[0]!.ended).replace(/,.*/, '');
  },
  'ended PI': async () => {
    const { socket, peer } = await serve('');
    peer.end();
    await settled();
    return endedText(socket);
  },
};

/** A socket that is never opened. */
class Connecting extends Duplex {
  connecting = true;
  secureConnecting = false;
  override _read(): void {}
  override _write(): void {}
}

/** A socket fails while it is opened, or afterwards in the TLS handshake. */
async function opening(fault: object, isSecure = true): Promise<void> {
  const socket = new Connecting();
  socket.secureConnecting = isSecure;
  await ask({ createConnection: () => socket as never });
  socket.connecting = false;
  socket.destroy(Object.assign(new Error('x'), fault));
}

/** A request whose socket is the system's, until it is closed. */
async function dialing(options: RequestOptions, send: (req: ClientRequest) => void = () => {}): Promise<void> {
  const req = http.request({ host: 'name.invalid', agent: false, ...options }).on('error', () => {});
  send(req);
  req.end();
  await new Promise<void>((resolve) => req.on('close', () => resolve()));
}

/** An agent that makes no sockets. */
function failing(error: Error): Agent {
  const agent = new http.Agent();
  const createSocket = (_req: object, _options: object, done: (error: Error) => void): void => done(error);
  return Object.assign(agent, { createSocket });
}

const atClient: Record<string, Stage> = {
  '-- 200 us': async () => (await ask()).peer.write(`${OK}hello`),
  '-- 200': async () => {
    const server = http.createServer((_req, res) => res.end('hello'));
    http.get({ agent: memoryAgent(server, { keepAlive: true }) }, (res) => res.resume());
    await settled();
  },
  '-- 200 peer': async () => (await ask()).peer.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'),
  'PW peer': async () => (await ask()).peer.end(),
  'RW peer': async () => reset(await ask()),
  'PA 200 peer': async () => (await ask()).peer.end(`${OK}he`),
  'RA 200 peer': async () => {
    const asked = await ask();
    asked.peer.write(`${OK}he`);
    await settled();
    reset(asked);
  },
  'EW us': async () => (await ask()).peer.write('blah\r\n\r\n'),
  'EW us (a protocol that nobody listens for)': async () =>
    (await ask()).peer.write('HTTP/1.1 101 A\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  '-- 200 us (of a request that has not left, on the last response)': async () =>
    (await ask({ method: 'POST' }, (req) => req.write('x'))).peer.write(
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    ),
  'PB 200 peer (of a request that has not left, on a kept connection)': async () => {
    const options = { method: 'POST', headers: { Connection: 'keep-alive' } };
    (await ask(options, (req) => req.write('x'))).peer.end(`${OK}hello`);
  },
  'UB 200 us (of a request that has not left, on a kept connection)': async () => {
    const options = { method: 'POST', headers: { Connection: 'keep-alive' } };
    const { req, peer } = await ask(options, (each) => each.write('x'));
    peer.write(`${OK}hello`);
    await settled();
    req.destroy();
  },
  '-- 417 us (of a request that was not ended)': async () =>
    (await ask({ method: 'POST' }, (req) => req.write('x'))).peer.write(
      'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n',
    ),
  'UH us': async () => (await ask({ method: 'POST' }, () => {})).req.destroy(),
  'UB us': async () => (await ask({ method: 'POST' }, (req) => req.write('x'))).req.destroy(),
  'UW us': async () => (await ask()).req.destroy(),
  'UW us (the socket)': async () => (await ask()).socket.destroy(),
  'UW timeout us': async () => {
    const { req } = await ask({ timeout: 1000 });
    req.on('timeout', () => req.destroy());
    req.setTimeout(1000);
    await clock.advance(2000);
  },
  'UA 200 us': async () => {
    const { req, peer } = await ask();
    peer.write(`${OK}he`);
    await settled();
    req.destroy();
  },
  'UA 200 us (its response)': async () => {
    const { peer } = await ask({}, (req) => req.end().on('response', (res) => res.destroy()));
    peer.write(`${OK}he`);
  },
  'UC us': async () => (await ask({ createConnection: () => new Connecting() as never })).req.destroy(),
  SC: () =>
    ask({
      createConnection: (_options: object, done: (error: Error) => void) => {
        done(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
      },
    } as never),
  'UC us (its lookup fails)': () => dialing({ lookup: (_host, _options, done) => done(new Error('mine'), '', 4) }),
  'SC (its lookup fails by the system)': () =>
    dialing({ lookup: (_host, _options, done) => done(Object.assign(new Error('x'), { code: 'EAI_AGAIN' }), '', 4) }),
  'UC us (its socket is destroyed while it is opened)': () =>
    dialing({ lookup: () => {} }, (req) => req.on('socket', (socket) => socket.destroy(new Error('mine')))),
  'UC us (its socket is destroyed without an error while it is opened)': () =>
    dialing({ lookup: () => {} }, (req) => req.on('socket', (socket) => setImmediate(() => socket.destroy()))),
  'UW us (its socket is destroyed once it is open)': async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await dialing({ host: '127.0.0.1', port }, (req) =>
      req.on('finish', () => setImmediate(() => req.socket?.destroy(new Error('mine')))),
    );
    server.close();
  },
  'UC us (createConnection calls back with an error)': () =>
    ask({ createConnection: (_options: object, done: (error: Error) => void) => done(new Error('mine')) } as never),
  'UC us (createConnection throws later)': () =>
    ask({
      createConnection: (_options: object, done: (error: Error) => void) => {
        setImmediate(done, new Error('mine'));
      },
    } as never),
  'UC us (createConnection returns a destroyed socket)': () =>
    ask({ createConnection: () => new Connecting().destroy() } as never),
  'UC us (createConnection returns a socket that was destroyed with an error)': () =>
    ask({ createConnection: () => new Connecting().destroy(new Error('mine')) } as never),
  'UC us (createSocket of its agent fails)': () =>
    ask({ createConnection: undefined, agent: failing(new Error('mine')) }),
  'SC (createSocket of its agent fails by the system)': () =>
    ask({ createConnection: undefined, agent: failing(Object.assign(new Error('x'), { code: 'EMFILE' })) }),
  'SC (a certificate)': () => opening({ code: 'INVALID_PURPOSE' }),
  'SC (each address)': () => opening({ code: 'ETIMEDOUT', errors: [] }, false),
  'PC peer (in the TLS handshake)': () => opening({ code: 'ECONNRESET', host: 'api', localAddress: undefined }),
  'UW us (abort)': async () => (await ask()).req.abort(),
  'UC us (of a constructor of the program)': async () => {
    function Fake(this: object): void {
      (http.OutgoingMessage as unknown as () => void).call(this as never);
    }
    Object.setPrototypeOf(Fake.prototype, http.ClientRequest.prototype);
    const req = Reflect.construct(Fake, []) as ClientRequest;
    req.on('error', () => {}).destroy();
  },
  'TC timeout us': () =>
    ask({
      createConnection: (_options: object, done: (error: Error) => void) => {
        done(Object.assign(new Error('x'), { proxyTunnelTimeout: 1 }));
      },
    } as never),
  'UB us (after flushHeaders)': async () => (await ask({}, (req) => req.flushHeaders())).req.destroy(),
  'UB us (the peer does not read)': async () =>
    (await ask({ method: 'POST' }, (req) => req.end('x'.repeat(70_000)), false)).req.destroy(),
  'ended PI': async () => {
    const server = http.createServer((_req, res) => res.end());
    const req = http.get({ agent: memoryAgent(server, { keepAlive: true }) }, (res) => res.resume());
    const [socket] = (await once(req, 'socket')) as [object];
    await settled();
    server.closeIdleConnections();
    await settled();
    return endedText(socket);
  },
  'UQ us': async () => {
    const server = http.createServer();
    const agent = memoryAgent(server, { maxSockets: 1 });
    http.get({ agent }).on('error', () => {});
    const second = http.get({ agent }).on('error', () => {});
    await settled();
    second.destroy();
  },
  '-- 101 (an upgrade)': async () => {
    const { peer } = await ask({ headers: { Connection: 'Upgrade', Upgrade: 'x' } }, (req) =>
      req.on('upgrade', () => {}).end(),
    );
    peer.write('HTTP/1.1 101 A\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  },
};

export const ways: readonly Way[] = Object.entries({ server: atServer, client: atClient }).flatMap(([role, stages]) =>
  Object.entries(stages).map(([expected, stage]) => ({
    role,
    expected: expected.replace(/ \(.+\)$/, ''),
    name: expected,
    stage,
  })),
);

export interface Way {
  readonly role: string;
  readonly name: string;
  /** How its exchanges end. */
  readonly expected: string;
  readonly stage: Stage;
}

/** explain() for what is over, foreign or hostile; all(), chains(), lint(). */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHostServer, globalAgent as hostAgent } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepHistory } from '../../src/engine/history.js';
import https from '../../src/https.js';
import http, {
  explain,
  type IncomingMessage,
  type Lint,
  type RequestListener,
  type ServerResponse,
} from '../../src/index.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => {
  clock.uninstall();
  keepHistory(true);
});

const fixture = (name: string) => readFileSync(new URL(`../https/fixtures/${name}`, import.meta.url));

const GET = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';

async function served(bytes: string, handler: RequestListener = () => {}) {
  const server = http.createServer(handler);
  const [peer, socket] = socketPair();
  server.emit('connection', socket);
  peer.on('error', () => {});
  peer.write(bytes);
  await settled();
  return { server, socket, peer };
}

const textOf = (of: object): string => explain(of).map(String).join('\n');

describe('explain()', () => {
  it.each([{}, [], () => {}, new Date(), 'text', 1, null, undefined])('refuses %o', (thing) => {
    expect(() => explain(thing as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });

  it('says what is missing if an object is one of node:http', () => {
    for (const each of [createHostServer(), hostAgent])
      expect(() => explain(each)).toThrow(
        / of statewire \(of node:http, if statewire\/register was loaded first\)\. Received/,
      );
  });

  it('refuses a Proxy that was revoked or throws, and takes one of ours', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const fail = (): never => {
      throw new Error('trap');
    };
    for (const each of [proxy, new Proxy({}, { get: fail, has: fail })]) {
      expect(() => explain(each)).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }));
    }
    expect(explain(new Proxy(http.createServer(), {}))).toHaveLength(1);
  });

  it("says in a listener of 'data' that the response is read", async () => {
    const texts: string[] = [];
    const agent = memoryAgent(
      http.createServer((_req, res) => res.end('x')),
      { keepAlive: true },
    );
    const req = http.get({ host: 'a', agent }, (res) => {
      res.on('data', () => texts.push(textOf(req))).on('end', () => texts.push(textOf(res)));
    });
    await settled();
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text).toMatch(/ waits for the end of this turn of the event loop, 0 ms$/);
  });

  it("says nothing of server.timeout for a socket that hasn't got it", async () => {
    const { server, socket } = await served(GET);
    server.timeout = 5000;
    expect(textOf(socket)).toMatch(/; nothing ends this \(its socket has no timeout\)$/);
  });

  it('explains a request and its response by their exchange', async () => {
    let messages: object[] = [];
    const { socket } = await served(GET, (req, res) => {
      messages = [req, res];
    });
    const [line] = explain(socket);
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(explain(message)).toEqual([line]);
    expect(line).toMatchObject({
      role: 'server',
      what: 'GET /a',
      waits: [{ for: 'respond', who: 'you', atLeast: false }],
      counts: { inSocket: 0, received: GET.length, sent: 0 },
    });
  });

  it('says how a message has ended', async () => {
    let response: ServerResponse | undefined;
    const { peer } = await served(GET, (_req, res) => {
      response = res;
    });
    peer.destroy();
    await settled();
    await clock.advance(3000);
    expect(textOf(response!)).toMatch(
      /^s\d+\.1 +GET \/a {3}ended PW: the peer has sent FIN, before a response had begun; over for 3\.0 s$/,
    );
    const { socket } = await served(GET, (_req, res) => {
      response = res;
      res.end();
    });
    expect(textOf(response!)).toMatch(/^s\d+\.1 +GET \/a 200 {3}ended --: the response is whole; over for 0 ms$/);
    socket.destroy();
    await settled();
    expect(textOf(response!)).toMatch(/ ended --: the response is whole; /);
  });

  it('says of messages that the program has made what they wait for', () => {
    expect(textOf(new http.ServerResponse(new http.IncomingMessage(null as never)))).toMatch(
      /^- +.+waits for you to assign/,
    );
  });

  it.each([
    ['the response', (_req: IncomingMessage, res: ServerResponse) => void res.destroy()],
    ['the request', (req: IncomingMessage) => void req.destroy()],
    ['the socket', (req: IncomingMessage) => void req.socket.destroy()],
  ])('says at once that %s was destroyed', async (_what, destroy) => {
    const texts: string[] = [];
    await served(GET, (req, res) => {
      destroy(req, res);
      texts.push(...[req, res, req.socket].map(textOf));
    });
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text).toMatch(/^s\d+\.1 +GET \/a {3}waits for the socket to close, \d+ ms$/);
  });

  it('says of a pipelined response what its request says', async () => {
    const messages: object[] = [];
    await served(`${GET}POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n`, (req, res) => {
      if (req.url === '/2') messages.push(req, res);
    });
    const [ofRequest, ofResponse] = messages.map(textOf);
    expect(ofRequest).toMatch(/requestTimeout ends this/);
    expect(ofResponse).toBe(ofRequest);
  });

  it('names the timeout of a socket by who has set it', async () => {
    const texts: string[] = [];
    const handler: RequestListener = (req, res) => {
      texts.push(textOf(res));
      req.socket.setTimeout(300);
      texts.push(textOf(res));
    };
    const server = http.createServer(handler).setTimeout(5000);
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.write(GET);
    await settled();
    expect(texts[0]).toMatch(/; server\.timeout ends this after 5\.0 s without traffic$/);
    expect(texts[1]).toMatch(/; setTimeout ends this after 300 ms without traffic$/);
  });

  it('knows a socket that was handed over, until it is closed and after that', async () => {
    const server = http.createServer();
    const texts: string[] = [];
    server.on('upgrade', (req, upgraded) => {
      texts.push(textOf(upgraded));
      upgraded.on('close', () => texts.push(textOf(upgraded), textOf(req))).destroy();
    });
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.write('GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: b\r\n\r\n');
    await settled();
    expect(texts).toEqual([
      expect.stringMatching(
        /^s\d+ +GET \/chat {3}waits for you: the socket is yours since it has left HTTP, 0 ms; nothing ends this$/,
      ),
      ...Array(2).fill(expect.stringMatching(/^s\d+ +GET \/chat {3}is closed$/)),
    ]);
  });

  it("waits for nothing more than this turn in a listener of 'socket'", async () => {
    const agent = memoryAgent(http.createServer());
    const texts: string[] = [];
    const request = http.get({ host: 'a', agent });
    request.on('socket', () => texts.push(textOf(request))).on('error', () => {});
    await settled();
    request.destroy();
    expect(texts).toEqual([expect.stringMatching(/waits for the connection to be opened, 0 ms; nothing ends this$/)]);
  });

  it('counts the peers of a server that are in their TLS handshake', async () => {
    clock.uninstall();
    const server = https.createServer({ key: fixture('server.key'), cert: fixture('server.crt') });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const plain: net.Socket[] = [];
    for (let at = 0; at < 2; at++) {
      plain.push(net.connect(port, '127.0.0.1'));
      await once(server, 'connection');
    }
    const place = `server 127.0.0.1:${port}`;
    const during = 'for 2 peers to finish the TLS handshake; handshakeTimeout ends it';
    expect(textOf(server)).toBe(`-      ${place}   waits ${during}`);
    server.close();
    expect(textOf(server)).toMatch(
      /^- {6}server {3}waits for 2 connections to close, 2 of them in the TLS handshake, /,
    );
    for (const socket of plain) socket.destroy();
    await once(server, 'close');
    expect(textOf(server)).not.toContain('handshake');
  });

  it('names what ends the connections of a server that drains', async () => {
    const { server, socket } = await served(GET);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    void server.drain({ deadline: 4000 });
    const [peer, fresh] = socketPair();
    server.emit('connection', fresh);
    peer.on('error', () => {});
    expect(textOf(socket)).toMatch(/waits for you to respond, 0 ms; the drain's deadline ends this in 4\.0 s$/);
    expect(textOf(fresh)).toMatch(
      /waits for the peer's first request, 0 ms; the drain's idle time ends this in 1\.0 s$/,
    );
    await clock.advance(4000);
  });

  it('says that a server that drains still takes connections, as long as its grace lasts', async () => {
    const { server, socket } = await served(GET);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const drained = server.drain({ grace: 500, deadline: 1000 });
    const taking = /waits for 1 connection to close; new ones are still taken, until its grace is over, /;
    expect(explain(server).map(String)[0]).toMatch(taking);
    await clock.advance(600);
    expect(explain(server).map(String)[0]).not.toMatch(taking);
    socket.destroy();
    await drained;
  });

  it.each([
    ['', 'headersTimeout', "for the peer's first request"],
    ['GET / HT', 'headersTimeout', 'for the peer to send the rest of the head'],
    [
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx',
      'requestTimeout',
      'the peer to send the rest of the body',
    ],
  ])(
    "says of %o that a listener of 'clientError' gets the socket, and nothing of ours ends it",
    async (bytes, timer, waits) => {
      const options = { headersTimeout: 1000, requestTimeout: timer === 'requestTimeout' ? 1000 : 9000 };
      const server = http.createServer({ ...options, connectionsCheckingInterval: 100 }, (req) => req.resume());
      let calls = 0;
      const [peer, socket] = socketPair();
      server.emit('connection', socket);
      peer.write(bytes);
      await settled();
      const text = (): string => textOf(socket);
      expect(text()).toMatch(new RegExp(`${waits}.*; ${timer} ends this in 1\\.0 s$`));
      server.on('clientError', () => calls++);
      expect(text()).toMatch(
        new RegExp(
          `${waits}.*; nothing ends this but your listener of 'clientError', when ${timer} has passed in 1\\.0 s$`,
        ),
      );
      expect(explain(socket)[0]).toMatchObject({ ends: undefined });
      socket.setTimeout(9000);
      expect(text()).toMatch(
        /; setTimeout ends this after 9\.0 s without traffic, or your listener of 'clientError', /,
      );
      await clock.advance(1500);
      expect([calls, socket.destroyed]).toEqual([1, false]);
      expect(text()).toMatch(/waits for you to close the socket: your listener of 'clientError' has it/);
      socket.destroy();
      await settled();
    },
  );

  it('names what ends the wait for a peer after our FIN', async () => {
    let response: ServerResponse | undefined;
    const { peer, socket } = await served('', (_req, res) => {
      response = res;
    });
    peer.allowHalfOpen = true;
    socket.once('finish', () => peer.write('more'));
    peer.write(GET);
    await settled();
    response?.setHeader('Connection', 'close').end();
    await settled();
    expect(textOf(socket)).toMatch(/after our FIN, 0 ms; the server's patience ends this in 5\.0 s$/);
    await clock.advance(5000);
    expect(socket.destroyed).toBe(true);
  });

  it('does without a history', async () => {
    keepHistory(false);
    const { socket } = await served(GET);
    expect(textOf(socket)).toMatch(/ waits for you to respond, since before history began; nothing ends this/);
  });

  it('says "at least" of what the history has forgotten', async () => {
    const { socket, peer } = await served(GET, (req, res) => {
      if (req.url === '/a') return;
      for (let i = 0; i < 100; i++) res.write('x'.repeat(20_000));
    });
    for (let i = 0; i < 12; i++) peer.write(GET.replace('/a', '/b'));
    await settled();
    await clock.advance(1000);
    expect(explain(socket)[0]!.waits[0]).toMatchObject({ for: 'respond', atLeast: true });
    expect(explain(socket)[0]!.waits[0]!.since).toBeGreaterThanOrEqual(1000);
  });

  it.each([
    ['/\x1b[31mred', 400],
    [`/${'a'.repeat(5000)}`, 200],
    ['http://user:secret@a/b?token=secret', 200],
  ])('prints nothing hostile, long or secret of %o', async (target) => {
    const { socket } = await served(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const text = textOf(socket);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]|secret|user/);
    expect(text.length).toBeLessThan(300);
  });
});

describe('explain.all()', () => {
  it('has servers and clients, the longest wait first', async () => {
    const { server, socket } = await served(GET);
    await clock.advance(5000);
    const agent = memoryAgent(server);
    const req = http.get({ agent, host: 'api', path: '/b' }).on('error', () => {});
    await settled();
    const ids = [socket, req].map((each) => explain(each)[0]!.id);
    const mine = explain.all().filter(({ id }) => ids.includes(id));
    expect(mine.map(({ id }) => id)).toEqual(ids);
    expect(explain.all({ longerThan: 4000 }).map(({ id }) => id)).toContain(ids[0]);
    expect(explain.all({ longerThan: 4000 }).map(({ id }) => id)).not.toContain(ids[1]);
    expect(explain.all({ role: 'client' }).every(({ role }) => role === 'client')).toBe(true);
    req.destroy();
    socket.destroy();
  });
});

describe('explain.chains()', () => {
  it('says which exchange has asked', async () => {
    explain.chains();
    const far = http.createServer(() => {});
    const { socket } = await served(GET, () => {
      http.get({ agent: memoryAgent(far), host: 'api', path: '/far' }).on('error', () => {});
    });
    await settled();
    const id = explain(socket)[0]!.id;
    const line = explain.all({ role: 'client' }).find(({ what }) => what.endsWith('/far'))!;
    expect(line.askedBy).toBe(`${id} GET /a`);
    expect(String(line)).toMatch(/; asked by s\d+\.1 GET \/a$/);
  });
});

describe('explain.on()', () => {
  it('prints when the process gets the signal', async () => {
    await served(GET);
    const stop = explain.on('SIGUSR2');
    const { write } = process.stderr;
    let text = '';
    process.stderr.write = ((given: string) => {
      text += given;
      return true;
    }) as never;
    try {
      process.emit('SIGUSR2');
      stop();
      process.emit('SIGUSR2');
    } finally {
      process.stderr.write = write;
    }
    expect(text).toMatch(/^statewire: \n.*GET \/a {3}waits for you to respond/ms);
    expect(text.match(/statewire: /g)).toHaveLength(1);
  });
});

describe('a server that closes', () => {
  it.each(['close', 'drain'] as const)('names the sockets that the program has to close (%s)', async (method) => {
    const server = http.createServer();
    server.on('upgrade', (_req, socket) => {
      socket.on('end', () => socket.end()).resume();
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const peer = net.connect(port, '127.0.0.1');
    peer.write('GET /chat?token=1 HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
    await once(peer, 'data');
    const closed = once(server, 'close');
    if (method === 'close') server.close();
    else void server.drain({ deadline: 60_000 });
    expect(explain(server).map(String)[0]).toMatch(
      /waits for 1 connection to close; upgraded, for you to close: s\d+ GET \/chat\?…/,
    );
    peer.destroy();
    await closed;
    expect(explain(server).map(String)[0]).toMatch(/waits for you to call listen/);
  });
});

describe('wrong arguments', () => {
  it.each<[string, () => unknown, string]>([
    ['a listener that is none', () => explain.lint(undefined as never), 'ERR_INVALID_ARG_TYPE'],
    ['an unknown signal', () => explain.on('SIGFOO' as never), 'ERR_INVALID_ARG_VALUE'],
    ['a symbol as a signal', () => explain.on(Symbol() as never), 'ERR_INVALID_ARG_VALUE'],
    ['an unknown role', () => explain.all({ role: 'x' as never }), 'ERR_INVALID_ARG_VALUE'],
    ['a time in words', () => explain.all({ longerThan: '5s' as never }), 'ERR_INVALID_ARG_TYPE'],
    ['a time before now', () => explain.all({ longerThan: -1 }), 'ERR_OUT_OF_RANGE'],
    ['an unknown option', () => explain.all({ longer: 5 } as never), 'ERR_INVALID_ARG_VALUE'],
    ['options that are none', () => explain.all('5s' as never), 'ERR_INVALID_ARG_TYPE'],
  ])('are refused at once: %s', (_what, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});

describe('explain.lint()', () => {
  it.each([
    ['within keepAliveTimeout', 1900, {}, 0],
    ['just after it', 2100, {}, 1],
    ['by a part of a head', 2100, { bytes: 'GET / HT' }, 1],
    ['without keepAliveTimeout', 5000, { keepAliveTimeout: 0 }, 0],
  ])('finds a connection that is used %s', async (_when, idle, given, count) => {
    const { bytes, keepAliveTimeout } = { bytes: GET, keepAliveTimeout: 2000, ...given };
    const found: Lint[] = [];
    const stop = explain.lint((lint) => found.push(lint));
    const server = http.createServer({ keepAliveTimeout, keepAliveTimeoutBuffer: 1000 } as object, (_req, res) => {
      res.end();
    });
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.resume();
    // The first request is late, and that is no idle connection.
    await clock.advance(2500);
    peer.write(GET);
    await settled();
    await clock.advance(idle);
    peer.write(bytes);
    await settled();
    await clock.advance(5000);
    stop();
    const late = found.filter(({ code }) => code === 'shortKeepAlive');
    expect(late).toHaveLength(count);
    for (const { id, text } of late) {
      expect(text).toBe(
        `${id}: its peer has used it after 2.1 s, later than keepAliveTimeout: had it been a little later, it would have got a reset. Raise keepAliveTimeout above what the peer, such as a proxy, has`,
      );
    }
    socket.destroy();
  });

  it('finds a response that stops half way, and that nobody reads', async () => {
    const found: Lint[] = [];
    const stop = explain.lint((lint) => found.push(lint));
    const ids: string[] = [];
    // Less than its reader holds, and more.
    for (const size of [2000, 200_000]) {
      const agent = memoryAgent(http.createServer((_req, res) => res.write('x'.repeat(size))));
      const req = http.get({ agent, host: 'api' }).on('response', () => {});
      await settled();
      ids.push(explain(req)[0]!.id);
      if (size === 2000) {
        expect(textOf(req)).toMatch(
          /waits for the peer to send the rest of the body, 0 ms; and for you to read the response: 2 KiB are here, 0 ms;/,
        );
      }
    }
    await clock.advance(5000);
    stop();
    for (const id of ids) {
      expect(found.filter((each) => each.id === id).map(({ code }) => code)).toEqual(['unreadResponse']);
    }
  });

  const piece = 'x'.repeat(100_000);
  const each = (write: (data: string) => boolean, count = 30): void => {
    for (let i = 0; i < count; i++) write(piece);
  };
  const heeding = (res: ServerResponse): void => {
    while (res.write(piece));
    res.once('drain', () => heeding(res));
  };
  const big = Buffer.alloc(5 << 20);
  const later = (res: ServerResponse, left = 30): void => {
    res.write(piece);
    if (left > 0) process.nextTick(later, res, left - 1);
  };
  const programs: Record<string, (res: ServerResponse) => unknown> = {
    'writes on and on': (res) => each((data) => res.write(data)),
    'has ended it, too'(res) {
      each((data) => res.write(data));
      res.end();
    },
    'writes on with a Content-Length'(res) {
      res.setHeader('Content-Length', 9e6);
      each((data) => res.write(data));
    },
    'corks it'(res) {
      res.cork();
      each((data) => res.write(data));
    },
    'corks it after the first write'(res) {
      res.write('x');
      res.cork();
      each((data) => res.write(data));
    },
    'corks it, with a Content-Length'(res) {
      res.setHeader('Content-Length', 9e6);
      res.cork();
      each((data) => res.write(data));
    },
    'writes on at the end of the turn': later,
    "waits for 'drain' (good)": heeding,
    'ends it with one buffer (good)': (res) => res.end(big),
    'writes one buffer, and ends it (good)'(res) {
      res.write(big);
      res.end('x');
    },
    'has flushed a long head before (good)'(res) {
      res.setHeader('A', piece);
      res.flushHeaders();
      res.write(big);
    },
    'writes on, and little waits (good)': (res) => each((data) => res.write(data), 9),
  };
  it.each(Object.keys(programs))('judges the back-pressure of a program that %s', async (name) => {
    const write = programs[name]!;
    const found: Lint[] = [];
    const stop = explain.lint((lint) => found.push(lint));
    // The second has no turn.
    const { socket } = await served(GET + GET.replace('/a', '/b'), (_req, res) => {
      if (res.req.url === '/b') write(res);
    });
    const first = await served(GET, (_req, res) => write(res));
    await clock.advance(5000);
    stop();
    const ids = [explain(socket)[1]!.id, explain(first.socket)[0]!.id];
    // Other tests have left connections.
    const isMine = (lint: Lint): boolean => lint.code === 'ignoredBackPressure' && ids.includes(lint.id);
    const mine = found.filter(isMine).map(({ id }) => id);
    expect(mine).toEqual(name.endsWith('(good)') ? [] : ids);
    for (const open of [socket, first.socket]) open.destroy();
    await settled();
  });

  it('judges the back-pressure of a request, with a socket or without', async () => {
    const found: Lint[] = [];
    const stop = explain.lint((lint) => found.push(lint));
    const agent = memoryAgent(http.createServer(), { maxSockets: 1 });
    http.get({ agent, host: 'api' }).on('error', () => {});
    const createConnection = (): net.Socket => socketPair({ highWaterMark: 1024 })[0] as net.Socket;
    const ways = [{ createConnection }, { agent }];
    const requests = [...ways, ...ways].map((way) => http.request({ ...way, host: 'api', method: 'PUT' }));
    for (const req of requests) req.on('error', () => {});
    for (const req of requests.slice(0, 2)) each((data) => req.write(data));
    for (const req of requests.slice(2)) {
      req.write(Buffer.alloc(5 << 20));
      req.end();
    }
    await clock.advance(5000);
    stop();
    const lints = found.filter(({ code, text }) => code === 'ignoredBackPressure' && text.includes('PUT'));
    expect(lints.map(({ id }) => id).sort()).toEqual(
      requests
        .slice(0, 2)
        .map((req) => explain(req)[0]!.id)
        .sort(),
    );
    for (const { text } of lints)
      expect(text).toMatch(/^[cq].* PUT http:\/\/api\/: it was written on although .* MiB wait: /);
    for (const req of requests) req.destroy();
  });

  it('does not blame a program that waits for the rest of a request', async () => {
    const found: Lint[] = [];
    const stop = explain.lint((lint) => found.push(lint));
    const { socket, peer } = await served('POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n', (req) =>
      req.resume(),
    );
    await clock.advance(40_000);
    const mine = () => found.filter(({ id }) => id === explain(socket)[0]!.id);
    expect(mine()).toEqual([]);
    peer.write('123456789');
    await clock.advance(40_000);
    stop();
    expect(mine().map(({ code }) => code)).toEqual(['notResponded']);
  });

  it('notifies of each, of each agent, and whatever a listener throws', async () => {
    const found: Lint[] = [];
    const stop = explain.lint((lint) => {
      if (lint.code !== 'growingQueue') return;
      found.push(lint);
      throw new Error('mine');
    });
    const thrown: unknown[] = [];
    const note = (error: unknown): void => void thrown.push((error as Error).message);
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', note);
    try {
      const server = http.createServer();
      const agents = [1, 2].map(() => memoryAgent(server, { maxSockets: 1 }));
      for (let looks = 0; looks < 2; looks++) {
        for (const agent of agents) for (let i = 0; i < 2; i++) http.get({ agent, host: 'api' }).on('error', () => {});
        await clock.advance(2000);
      }
      await settled();
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const each of before) process.on('uncaughtException', each);
      stop();
    }
    expect(found.map(({ text }) => text.replace(/:.*/, ''))).toEqual(
      Array(2).fill("an agent's queue has grown from 1 to 3 requests"),
    );
    expect(thrown).toEqual(['mine', 'mine']);
  });

  it('finds each mistake once', async () => {
    const found: Lint[] = [];
    const stop = explain.lint((lint) => found.push(lint));
    const { server } = await served(GET);
    await served(GET, (_req, res) => {
      for (let i = 0; i < 3; i++) res.write(Buffer.alloc(1 << 20));
    });
    // Its server ends the connection 6 s after the response.
    const unread = memoryAgent(
      http.createServer((_req, res) => res.end('x')),
      { keepAlive: true },
    );
    http.get({ agent: unread, host: 'api' }).on('response', () => {});
    const agent = memoryAgent(server, { maxSockets: 1 });
    const ask = () => http.get({ agent, host: 'api' }).on('error', () => {});
    for (let i = 0; i < 3; i++) ask();
    await clock.advance(5000);
    for (let i = 0; i < 3; i++) ask();
    await clock.advance(40_000);
    stop();
    const codes = found.map(({ code }) => code);
    for (const code of ['notResponded', 'ignoredBackPressure', 'unreadResponse', 'growingQueue']) {
      expect(codes.filter((each) => each === code).length, code).toBeGreaterThan(0);
    }
    expect(new Set(found.map(({ text }) => text)).size).toBe(found.length);
    expect(found.find(({ code }) => code === 'unreadResponse')!.text).toMatch(
      /^c\d+\.1 GET http:\/\/api\/: .*resume\(\)/,
    );
  });
});

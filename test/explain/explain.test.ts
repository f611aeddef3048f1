/** explain() for what is over, foreign or hostile; all(), chains(), lint(). */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepHistory } from '../../src/engine/history.js';
import http, { explain, type Lint, type RequestListener, type ServerResponse } from '../../src/index.js';
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

  it('finds each mistake once', async () => {
    const found: Lint[] = [];
    const stop = explain.lint((lint) => found.push(lint));
    const { server } = await served(GET);
    await served(GET, (_req, res) => res.end(Buffer.alloc(3 << 20)));
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

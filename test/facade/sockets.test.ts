/** What programs do with the socket of a request, and what an insecure server accepts. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { exchange, withPeer } from './kit/exchange.js';
import { type Http, http, twice } from './kit/twice.js';

describe("'data' of a socket", () => {
  twice('does not include the request whose handler adds the listener', async (http) => {
    const received: string[] = [];
    const bytes = await exchange(http, (req, res) => {
      req.socket.on('data', (chunk) => received.push(String(chunk)));
      res.end('hello');
    });
    return [bytes, ...received];
  });

  twice('includes the request if the listener was added on connection', async (http) => {
    const received: string[] = [];
    const bytes = await exchange(http, (_req, res) => res.end('hello'), {
      prepare: (server) => {
        server.on('connection', (socket: Socket) => socket.on('data', (chunk) => received.push(String(chunk))));
      },
    });
    return [bytes, ...received];
  });

  twice('goes to a listener that replaces all others', async (http) => {
    const server = http.createServer((req) => {
      req.socket.removeAllListeners('data');
      req.socket.on('data', (chunk) => req.socket.end(`received ${chunk}`)).write('begin');
    });
    server.on('clientError', (_error, socket) => socket.end('a fault'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let bytes = '';
    client.on('data', (chunk) => {
      bytes += chunk;
      if (bytes === 'begin') client.write('no HTTP');
    });
    await once(client, 'close');
    server.close();
    return bytes;
  });
});

describe("'data' of a socket that is handed over", () => {
  twice('includes the request that hands it over, and not twice for the new owner', async (http) => {
    const received: string[] = [];
    const server = http.createServer();
    server.on('connection', (socket) => socket.on('data', (chunk) => received.push(`before: ${chunk}`)));
    server.on('upgrade', (_req, socket, head) => {
      received.push(`head: ${head}`);
      socket.on('data', (chunk) => received.push(`owner: ${chunk}`)).on('end', () => socket.end());
      socket.write('begin');
    });
    await withPeer(server, async (peer) => {
      peer.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: b\r\n\r\nrest');
      await once(peer, 'data');
      peer.end('more');
      await once(peer.resume(), 'close');
    });
    return received;
  });
});

/** What is served, and what the listener has read, when nothing happens any more. */
async function withReadable({ createServer }: Http, sent: string, read: (socket: Socket) => string): Promise<string[]> {
  const log: string[] = [];
  const server = createServer((req, res) => {
    log.push(`${req.method} ${req.url}`);
    req.on('data', (chunk) => log.push(String(chunk))).on('end', () => res.end('hello'));
  });
  server.on('connection', (socket: Socket) => socket.on('readable', () => log.push(`read: ${read(socket)}`)));
  await withPeer(server, async (peer) => {
    peer.on('data', (chunk) => log.push(String(chunk).slice(0, 15))).write(sent);
    await settle();
  });
  return log;
}

/** What is served to a peer whose socket is paused for good. */
async function whilePaused({ createServer }: Http, when: (pause: () => void) => void): Promise<string[]> {
  const log = ['served:'];
  const server = createServer((req, res) => {
    log.push(String(req.url));
    res.end();
  });
  server.on('connection', (socket: Socket) => when(() => socket.pause()));
  await withPeer(server, async (peer) => {
    for (const target of ['/a', '/b']) {
      peer.resume().write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await settle();
    }
  });
  return log;
}

describe('pause() of a socket', () => {
  twice("in 'connection' stops nothing", (http) => whilePaused(http, (pause) => pause()));
  twice("in a tick of 'connection' stops all", (http) => whilePaused(http, (pause) => process.nextTick(pause)));
  twice("in a microtask of 'connection'", (http) => whilePaused(http, (pause) => queueMicrotask(pause)));
  twice('in a later turn stops all', (http) => whilePaused(http, (pause) => setImmediate(pause)));
});

describe("a replaced emit of a client's socket", () => {
  twice("sees 'data'", async ({ createServer, get }) => {
    const server = createServer((_req, res) => res.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const seen: string[] = [];
    const req = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
    req.on('socket', (socket) => {
      const { emit } = socket;
      socket.emit = function (this: Socket, name: string, ...args: unknown[]) {
        if (name === 'data') seen.push(String(args[0]).slice(0, 15));
        return Reflect.apply(emit, this, [name, ...args]);
      } as typeof emit;
    });
    const [res] = await once(req, 'response');
    await once(res.resume(), 'close');
    await new Promise((resolve) => server.close(resolve));
    return seen;
  });
});

describe("'readable' of a socket", () => {
  const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello';
  const all = (socket: Socket): string => String(socket.read());
  const nothing = (): string => '';
  const one = (socket: Socket): string => String(socket.read(1));

  for (const [sent, name] of [
    [get, 'GET'],
    [post, 'POST'],
    [get + get, 'two requests'],
  ] as const) {
    twice(`of a listener that reads all: ${name}`, (http) => withReadable(http, sent, all));
    twice(`of a listener that reads nothing: ${name}`, (http) => withReadable(http, sent, nothing));
    twice(`of a listener that reads one byte: ${name}`, (http) => withReadable(http, sent, one));
  }
});

// The host loses track of the connection, and throws when the server closes.
describe("the listeners to 'close' of a socket", () => {
  it('do nothing when they are called on a request', async () => {
    const bytes = await exchange(http.statewire, (req, res) => {
      for (const listener of req.socket.listeners('close')) listener.call(req);
      res.end('hello');
    });
    expect(bytes).toMatch(/hello$/);
  });
});

// stream.pipeline() does this with a request that it ends. The host throws a TypeError.
describe('setTimeout() of a request whose socket was removed', () => {
  it('does nothing', async () => {
    const bytes = await exchange(http.statewire, (req, res) => {
      req.socket = null as never;
      req.setTimeout(1000);
      res.end('hello');
    });
    expect(bytes).toMatch(/hello$/);
  });
});

// On the host, the next message of the connection is never sent.
describe('the write() of a socket, wrapped by a program', () => {
  it('is called once for consecutive text: the row `socket-writes`', async () => {
    const calls: Record<string, number> = { host: 0, statewire: 0 };
    const responseOf = (name: 'host' | 'statewire') =>
      exchange(http[name], (_req, res) => {
        const socket = res.socket as Socket;
        const { write } = socket;
        socket.write = (...args: unknown[]) => {
          calls[name]!++;
          return write.apply(socket, args as never);
        };
        res.cork();
        res.writeHead(200, { 'X-A': '1' });
        res.uncork();
        res.end('hello');
      });
    expect(await responseOf('statewire')).toBe(await responseOf('host'));
    expect(calls).toEqual({ host: 5, statewire: 1 });
  });
});

describe('cork() after end()', () => {
  const two = 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

  it('of a response does not block the next one on the socket', async () => {
    const bytes = await exchange(http.statewire, (_req, res) => res.end('hello').cork(), { send: two });
    expect(bytes.match(/hello/g)).toHaveLength(2);
  });

  it('of a request does not block the next one on the socket', async () => {
    const server = http.statewire.createServer((_req, res) => res.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new http.statewire.Agent({ keepAlive: true, maxSockets: 1 });
    const { port } = server.address() as AddressInfo;
    const responses: string[] = [];
    for (const path of ['/1', '/2']) {
      const req = http.statewire.get({ host: '127.0.0.1', port, agent, path }, (res) => {
        res.on('data', (chunk) => responses.push(`${path} ${chunk} ${req.reusedSocket}`));
        req.cork();
      });
      await once(req, 'close');
    }
    agent.destroy();
    server.close();
    expect(responses).toEqual(['/1 hello false', '/2 hello true']);
  });
});

describe('a server with insecureHTTPParser', () => {
  for (const [name, ...lines] of [
    ['accepts an invalid Host', 'Host: a b: c'],
    ['accepts two Hosts', 'Host: a', 'Host: b'],
    ['rejects a request without Host', 'X-A: 1'],
  ] as const) {
    twice(name, (http) =>
      exchange(http, (req, res) => res.end(`hello ${req.headers.host}`), {
        options: { insecureHTTPParser: true },
        send: ['GET / HTTP/1.1', ...lines, 'Connection: close', '', ''].join('\r\n'),
      }),
    );
  }
});

describe('a socket whose connection is over', () => {
  twice('can be connected again', async (http) => {
    const server = http.createServer((_req, res) => res.setHeader('Connection', 'close').end('hello'));
    const other = net.createServer((socket) => socket.end('of the other'));
    for (const each of [server, other]) await once(each.listen(0, '127.0.0.1'), 'listening');
    const [port, otherPort] = [server, other].map((each) => (each.address() as AddressInfo).port) as [number, number];
    const socket = net.connect(port, '127.0.0.1');
    http.get({ createConnection: () => socket }, (res) => res.resume());
    await once(socket, 'close');
    const received = once(socket, 'data');
    socket.connect(otherPort, '127.0.0.1');
    const [chunk] = await received;
    for (const each of [server, other]) each.close();
    return String(chunk);
  });
});

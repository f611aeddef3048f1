/** What programs do to the socket of a request, and what they say to an insecure server. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { exchange } from './kit/exchange.js';
import { http, twice } from './kit/twice.js';

describe("'data' of a socket", () => {
  twice('is not told of the request in whose handler somebody begins to listen', async (http) => {
    const heard: string[] = [];
    const bytes = await exchange(http, (req, res) => {
      req.socket.on('data', (chunk) => heard.push(String(chunk)));
      res.end('hello');
    });
    return [bytes, ...heard];
  });

  twice('is told of it when somebody listens since the connection', async (http) => {
    const heard: string[] = [];
    const bytes = await exchange(http, (_req, res) => res.end('hello'), {
      prepare: (server) => {
        server.on('connection', (socket: Socket) => socket.on('data', (chunk) => heard.push(String(chunk))));
      },
    });
    return [bytes, ...heard];
  });

  twice('is the bytes of who listens in the place of all others', async (http) => {
    const server = http.createServer((req) => {
      req.socket.removeAllListeners('data');
      req.socket.on('data', (chunk) => req.socket.end(`heard ${chunk}`)).write('begin');
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

// The host loses track of the connection, and throws when its server is closed.
describe("the listeners to 'close' of a socket", () => {
  it('do nothing when they are called on a request', async () => {
    const bytes = await exchange(http.statewire, (req, res) => {
      for (const listener of req.socket.listeners('close')) listener.call(req);
      res.end('hello');
    });
    expect(bytes).toMatch(/hello$/);
  });
});

// As stream.pipeline() does with a request that it ends. The host throws a TypeError.
describe('setTimeout() of a request whose socket was taken away', () => {
  it('does nothing', async () => {
    const bytes = await exchange(http.statewire, (req, res) => {
      req.socket = null as never;
      req.setTimeout(1000);
      res.end('hello');
    });
    expect(bytes).toMatch(/hello$/);
  });
});

// On the host the next message of the connection never leaves.
describe('the write() of a socket that a program has wrapped', () => {
  it('is called once for what is text and stands together: the row `socket-writes`', async () => {
    const calls: Record<string, number> = { host: 0, statewire: 0 };
    const answer = (name: 'host' | 'statewire') =>
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
    expect(await answer('statewire')).toBe(await answer('host'));
    expect(calls).toEqual({ host: 5, statewire: 1 });
  });
});

describe('cork() behind end()', () => {
  const two = 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

  it('of a response leaves the socket to the next', async () => {
    const bytes = await exchange(http.statewire, (_req, res) => res.end('hello').cork(), { send: two });
    expect(bytes.match(/hello/g)).toHaveLength(2);
  });

  it('of a request leaves the socket to the next', async () => {
    const server = http.statewire.createServer((_req, res) => res.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new http.statewire.Agent({ keepAlive: true, maxSockets: 1 });
    const { port } = server.address() as AddressInfo;
    const answers: string[] = [];
    for (const path of ['/1', '/2']) {
      const req = http.statewire.get({ host: '127.0.0.1', port, agent, path }, (res) => {
        res.on('data', (chunk) => answers.push(`${path} ${chunk} ${req.reusedSocket}`));
        req.cork();
      });
      await once(req, 'close');
    }
    agent.destroy();
    server.close();
    expect(answers).toEqual(['/1 hello false', '/2 hello true']);
  });
});

describe('a server with insecureHTTPParser', () => {
  for (const [name, ...lines] of [
    ['takes a Host that is not valid', 'Host: a b: c'],
    ['takes two Hosts', 'Host: a', 'Host: b'],
    ['refuses a request without Host', 'X-A: 1'],
  ] as const) {
    twice(name, (http) =>
      exchange(http, (req, res) => res.end(`hello ${req.headers.host}`), {
        options: { insecureHTTPParser: true },
        send: ['GET / HTTP/1.1', ...lines, 'Connection: close', '', ''].join('\r\n'),
      }),
    );
  }
});

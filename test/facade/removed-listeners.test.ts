/** What a program does that removes listeners of a socket, ours among them, or adds its own before them. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { withPeer } from './kit/exchange.js';
import { type Http, twice } from './kit/twice.js';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** What a server emits and sends whose program does something with each socket, when these bytes come one after the other. */
async function served(
  { createServer }: Http,
  act: (socket: Socket, log: string[]) => void,
  sent: readonly string[],
): Promise<string[]> {
  const log: string[] = [];
  const server = createServer((req, res) => {
    log.push(`request ${req.url}`);
    res.end('hello');
  });
  server.on('connection', (socket: Socket) => act(socket, log));
  await withPeer(server, async (peer) => {
    peer.on('data', (chunk) => log.push(String(chunk).slice(0, 12)));
    for (const bytes of sent) {
      peer.write(bytes);
      await settle();
    }
  });
  return log;
}

describe("the listeners of a server's socket, removed", () => {
  for (const event of ['error', 'drain', 'timeout', 'finish']) {
    twice(`${event}: a malformed request gets 400, and nothing is thrown`, (http) =>
      served(http, (socket) => socket.removeAllListeners(event), [GET, 'no HTTP\r\n\r\n']),
    );
  }
});

describe("a listener of 'data' on a server's socket", () => {
  twice('that was prepended sees the bytes first', (http) =>
    served(http, (socket, log) => socket.prependListener('data', (chunk) => log.push(`seen ${chunk.length}`)), [GET]),
  );
  twice('that was prepended and destroys the socket lets no request in', (http) =>
    served(
      http,
      (socket, log) => {
        const { emit } = socket;
        socket.emit = function (this: Socket, name: string, ...args: unknown[]) {
          if (name === 'data') {
            log.push('guarded');
            this.destroy();
            return true;
          }
          return Reflect.apply(emit, this, [name, ...args]);
        } as typeof emit;
        socket.on('data', () => {});
      },
      [GET],
    ),
  );
});

/** What two requests on one socket emit. Between them the program removes listeners; then the server responds, ends or resets. */
async function kept({ get, Agent }: Http, removed: string | undefined, then: string): Promise<string[]> {
  const log: string[] = [];
  let requests = 0;
  const server = net.createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', () => {
        if (requests++ === 0 || then === 'responds') respond(socket);
        else if (then === 'ends') socket.end();
        else socket.resetAndDestroy();
      });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new Agent({ keepAlive: true });
  const ask = async (): Promise<Socket> => {
    const req = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent });
    req.on('response', (res) => res.on('end', () => log.push(`end ${req.reusedSocket}`)).resume());
    req.on('error', ({ message }) => log.push(message));
    await new Promise((resolve) => req.on('close', resolve));
    log.push('close');
    return req.socket as Socket;
  };
  const socket = await ask();
  if (removed === undefined) socket.removeAllListeners();
  else socket.removeAllListeners(removed);
  await ask();
  agent.destroy();
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(log.length).toBeGreaterThan(2);
  return log;
}

describe("the listeners of a client's kept socket, removed before the next request", () => {
  for (const removed of [undefined, 'error', 'close', 'end', 'data', 'drain']) {
    for (const then of ['responds', 'ends', 'resets']) {
      twice(`${removed ?? 'all'}, and the server ${then}`, (http) => kept(http, removed, then));
    }
  }
});

/** What two requests on one socket emit, and the socket for a program that has begun to listen to it at the first response. */
async function listened({ get, Agent }: Http, then: (socket: Socket) => unknown): Promise<string[]> {
  const log: string[] = [];
  let requests = 0;
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).on('data', () => (requests++ === 0 ? respond(socket) : then(socket)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new Agent({ keepAlive: true });
  for (let number = 1; number <= 2; number++) {
    const req = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent });
    req.on('response', (res) => {
      log.push('response');
      if (number === 1)
        for (const event of ['data', 'end', 'error', 'close']) res.socket.on(event, () => log.push(`socket ${event}`));
      res.on('end', () => log.push('end')).resume();
    });
    req.on('error', () => log.push('error'));
    await new Promise((resolve) => req.on('close', resolve));
    log.push('close');
  }
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
  return log;
}

const respond = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

describe("a program's listeners of a client's kept socket come before those of the next request", () => {
  twice('which gets a response', (http) => listened(http, respond));
  twice('which the server ends', (http) => listened(http, (socket) => socket.end()));
  twice('which the server resets', (http) => listened(http, (socket) => socket.resetAndDestroy()));
});

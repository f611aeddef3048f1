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

const respond = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
const end = (socket: Socket) => socket.end();
const reset = (socket: Socket) => socket.resetAndDestroy();

/** What a program does with a client's socket. */
interface Acts {
  /** At the first response. */
  atResponse?(socket: Socket, log: string[]): void;
  /** Between the requests. */
  between?(socket: Socket): void;
}

/** What two requests on one socket emit; `then` is what the server does at the second one. */
async function kept({ get, Agent }: Http, acts: Acts, then: (socket: Socket) => unknown): Promise<string[]> {
  const log: string[] = [];
  let requests = 0;
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).on('data', () => (requests++ === 0 ? respond(socket) : then(socket)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new Agent({ keepAlive: true });
  const ask = async (atResponse?: Acts['atResponse']): Promise<Socket> => {
    const req = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent });
    req.on('response', (res) => {
      log.push('response');
      atResponse?.(res.socket, log);
      res.on('end', () => log.push(`end ${req.reusedSocket}`)).resume();
    });
    req.on('error', ({ message }) => log.push(message));
    await new Promise((resolve) => req.on('close', resolve));
    log.push('close');
    return req.socket as Socket;
  };
  const socket = await ask(acts.atResponse);
  acts.between?.(socket);
  await ask();
  agent.destroy();
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(log.length).toBeGreaterThan(2);
  return log;
}

describe("the listeners of a client's kept socket, removed before the next request", () => {
  for (const event of [undefined, 'error', 'close', 'end', 'data', 'drain']) {
    const between = (socket: Socket) =>
      event === undefined ? socket.removeAllListeners() : socket.removeAllListeners(event);
    for (const then of [respond, end, reset])
      twice(`${event ?? 'all'}, and the server does ${then.name}`, (http) => kept(http, { between }, then));
  }
});

describe("a program's listeners of a client's kept socket come before those of the next request", () => {
  const atResponse: Acts['atResponse'] = (socket, log) => {
    for (const event of ['data', 'end', 'error', 'close']) socket.on(event, () => log.push(`socket ${event}`));
  };
  for (const then of [respond, end, reset])
    twice(`when the server does ${then.name}`, (http) => kept(http, { atResponse }, then));
});

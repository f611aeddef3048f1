/** Programs that read, pause or pass on the bytes of a server's socket. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { dial, settle } from '../conversations/kit/wires.js';
import { type Http, twice } from './kit/twice.js';

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
const POST = 'POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc';
const UPGRADE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';

interface Program {
  /** Gets a fresh socket. By default the server does. */
  readonly accept?: (socket: Socket, serve: (socket: Socket) => void, log: string[]) => void;
  /** Called in 'connection'. */
  readonly act?: (socket: Socket, log: string[]) => void;
  readonly upgrade?: (socket: Socket, log: string[]) => void;
  /** What the peer sends, one after the other. */
  readonly sent: readonly string[];
}

/** What is emitted, and when. */
async function served({ createServer }: Http, { accept, act, upgrade, sent }: Program): Promise<string[]> {
  const log: string[] = [];
  const server = createServer((req, res) => {
    log.push(`request ${req.url}`);
    for (const event of ['end', 'close']) req.on(event, () => log.push(`req ${event}`));
    for (const event of ['finish', 'close']) res.on(event, () => log.push(`res ${event}`));
    req.resume();
    res.end('x');
  });
  server.on('connection', (socket: Socket) => act?.(socket, log));
  if (upgrade !== undefined) server.on('upgrade', (_req, socket) => upgrade(socket as Socket, log));
  const serve = (socket: Socket) => void server.emit('connection', socket);
  const outer = net.createServer((socket) => (accept === undefined ? serve(socket) : accept(socket, serve, log)));
  await once(outer.listen(0, '127.0.0.1'), 'listening');
  const peer = await dial((outer.address() as AddressInfo).port);
  for (const bytes of sent) {
    peer.write(bytes);
    await settle();
    log.push('|');
  }
  peer.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => outer.close(resolve));
  await settle();
  expect(log.filter((line) => line !== '|').length).toBeGreaterThan(0);
  return log;
}

describe("pause() of a server's socket", () => {
  const later: Readonly<Record<string, (call: () => void) => void>> = {
    'at once': (call) => call(),
    'in the next tick': (call) => process.nextTick(call),
    'in an immediate': (call) => void setImmediate(call),
  };
  for (const [when, wait] of Object.entries(later)) {
    twice(`a second time, ${when}, stops nothing`, (http) =>
      served(http, {
        act: (socket) => {
          socket.pause();
          wait(() => socket.pause());
        },
        sent: [get('/1'), get('/2')],
      }),
    );
    twice(`${when}, after a listener of 'readable'`, (http) =>
      served(http, {
        act: (socket, log) => {
          socket.on('readable', () => {
            for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) log.push(`read ${chunk}`);
          });
          wait(() => socket.pause());
        },
        sent: [get('/1'), POST],
      }),
    );
    twice(`${when}, beside a listener of 'data'`, (http) =>
      served(http, {
        act: (socket, log) => {
          socket.on('data', (chunk) => log.push(`data ${chunk}`));
          wait(() => socket.pause());
          setImmediate(() => setImmediate(() => socket.resume()));
        },
        sent: [get('/1'), POST],
      }),
    );
  }
});

describe('a socket that the program has read before the server gets it', () => {
  type Sniff = NonNullable<Program['accept']>;
  const sniffs: Readonly<Record<string, Sniff>> = {
    "by 'readable' and unshift()": (socket, serve) =>
      socket.once('readable', () => {
        socket.unshift(socket.read(3));
        serve(socket);
      }),
    "by 'data' and unshift()": (socket, serve) =>
      socket.once('data', (chunk) => {
        socket.unshift(chunk);
        serve(socket);
      }),
    'paused, and resumed a tick later': (socket, serve) =>
      socket.once('data', (chunk) => {
        socket.pause();
        socket.unshift(chunk);
        serve(socket);
        process.nextTick(() => socket.resume());
      }),
    "by a listener of 'data' that stays": (socket, serve, log) => {
      socket.on('data', (chunk) => log.push(`outer ${chunk.length}`));
      serve(socket);
    },
  };
  for (const [how, accept] of Object.entries(sniffs)) {
    twice(how, (http) => served(http, { accept, sent: [POST, get('/2'), POST.slice(0, -2), POST.slice(-2), POST] }));
  }
});

describe('an upgraded socket', () => {
  twice("its handle is given to another socket: it gets the bytes and the peer's end", (http) =>
    served(http, {
      upgrade: (socket, log) => {
        const handle: unknown = Reflect.get(socket, '_handle');
        const other = new net.Socket({ handle, readable: true, writable: true } as net.SocketConstructorOpts);
        other.on('data', (chunk) => log.push(String(chunk))).on('close', () => socket.destroy());
      },
      sent: [UPGRADE, 'one', 'two'],
    }),
  );

  twice('setEncoding() is refused as before', (http) =>
    served(http, {
      upgrade: (socket, log) => {
        try {
          socket.setEncoding('utf8');
        } catch (error) {
          log.push((error as NodeJS.ErrnoException).code ?? '');
        }
      },
      sent: [UPGRADE],
    }),
  );
});

/** A side that does not read costs a bounded amount of memory, in either direction. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createServer, type IncomingMessage, type ServerResponse } from '../../src/index.js';
import { dial, settle } from '../conversations/kit/wires.js';
import { KiB, MiB, memoryUse } from './kit/memory.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

const opened: { destroy(): void }[] = [];

afterEach(() => {
  for (const each of opened.splice(0)) each.destroy();
});

/** A client of a server with this handler. It does not read yet. */
async function connect(handler: Handler): Promise<Socket> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = await dial((server.address() as AddressInfo).port);
  socket.on('error', () => {});
  opened.push({ destroy: () => server.close() }, socket);
  return socket.pause();
}

/** Resolves when `measure` has returned the same value several times. */
async function still(measure: () => number): Promise<void> {
  for (let same = 0, before = Number.NaN; same < 3; ) {
    await settle();
    const now = measure();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

/** Writes as fast as the socket accepts, so that nothing waits in the client. */
function send(socket: Socket, pieces: Iterable<string>): Promise<void> {
  return pipeline(Readable.from(pieces, { objectMode: false }), socket, { end: false }).catch(() => {});
}

describe('a peer that sends 100,000 requests and reads nothing', () => {
  const COUNT = 100_000;
  const PADDING = '.'.repeat(4 * KiB);

  function* requests(): Generator<string> {
    const batch = 100;
    for (let first = 0; first < COUNT; first += batch) {
      yield Array.from({ length: batch }, (_, at) => `GET /${first + at} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
    }
  }

  it('has few of them dispatched; when it reads, it receives all responses in order', async () => {
    let handed = 0;
    const socket = await connect((req, res) => {
      handed++;
      res.end(`<${req.url?.slice(1)}>${PADDING}`);
    });
    const before = await memoryUse();
    send(socket, requests());
    await still(() => handed);
    const [bound, after] = [handed, await memoryUse()];
    expect(bound).toBeLessThan(5000);
    expect(after.heap + after.buffers - before.heap - before.buffers).toBeLessThan(16 * MiB);

    const progress = readInOrder(socket);
    await still(() => progress.read);
    expect(progress.read).toBe(COUNT);
  });

  it('has few of them dispatched if none gets a response', async () => {
    let handed = 0;
    const socket = await connect(() => handed++);
    send(socket, requests());
    await still(() => handed);
    expect(handed).toBeLessThan(5000);
  });
});

/** Reads `<0>`, `<1>`, …; `read` counts them. */
function readInOrder(socket: Socket): { readonly read: number } {
  const progress = { read: 0 };
  let rest = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    const text = rest + chunk;
    let at = text.indexOf('<');
    for (let end = text.indexOf('>', at); at >= 0 && end > at; end = text.indexOf('>', at)) {
      if (text.slice(at + 1, end) !== String(progress.read)) throw new Error(`${text.slice(at, end)} is out of order`);
      progress.read++;
      at = text.indexOf('<', end);
    }
    rest = at < 0 ? '' : text.slice(at);
  });
  socket.resume();
  return progress;
}

describe('an upload that is not read', () => {
  const SIZE = 32 * MiB;

  function* upload(): Generator<string> {
    yield `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SIZE}\r\n\r\n`;
    const piece = 'x'.repeat(64 * KiB);
    for (let sent = 0; sent < SIZE; sent += piece.length) yield piece;
  }

  it.each(['paused', 'not touched'])(
    'waits at the peer while the request is %s, and arrives when it is read',
    async (how) => {
      let request: IncomingMessage | undefined;
      let read = 0;
      const socket = await connect((req, res) => {
        request = req;
        if (how === 'paused') req.pause();
        req.on('end', () => res.end('done'));
      });
      send(socket, upload());
      await still(() => request?.readableLength ?? -1);
      const req = request!;
      expect(req.readableLength).toBeGreaterThan(0);
      expect(req.readableLength).toBeLessThanOrEqual(req.readableHighWaterMark + 64 * KiB);
      expect(req.socket.readableLength).toBeLessThanOrEqual(64 * KiB);

      req.on('data', (chunk: Buffer) => {
        read += chunk.length;
      });
      req.resume();
      await once(socket.resume(), 'data');
      expect(read).toBe(SIZE);
    },
  );

  it('never exceeds the bound of the request while it is read in bursts', async () => {
    let [most, read, bound] = [0, 0, 0];
    const socket = await connect((req, res) => {
      bound = req.readableHighWaterMark + 64 * KiB;
      req.on('readable', () =>
        setImmediate(() => {
          most = Math.max(most, req.readableLength);
          read += (req.read() as Buffer | null)?.length ?? 0;
        }),
      );
      req.on('end', () => res.end('done'));
    });
    send(socket, upload());
    await once(socket.resume(), 'data');
    expect(read).toBe(SIZE);
    expect(most).toBeLessThanOrEqual(bound);
  });
});

describe('a download that is not read', () => {
  const SIZE = 64 * MiB;
  const piece = Buffer.alloc(64 * KiB, 'x');

  it('waits in a handler that respects write(), and continues on ‘drain’', async () => {
    let [written, drained, queued] = [0, 0, 0];
    const socket = await connect((_req, res) => {
      const more = () => {
        while (written < SIZE) {
          written += piece.length;
          const hasRoom = res.write(piece);
          queued = Math.max(queued, res.writableLength);
          if (!hasRoom) return;
        }
        res.end();
      };
      res.on('drain', () => {
        drained++;
        more();
      });
      more();
    });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await still(() => written);
    expect(written).toBeLessThan(SIZE / 2);
    expect(queued).toBeLessThanOrEqual(2 * piece.length);

    let read = 0;
    for await (const chunk of socket) read += (chunk as Buffer).length;
    expect(read).toBeGreaterThan(SIZE);
    expect(drained).toBeGreaterThan(0);
  });
});

describe('an unread body', () => {
  const next = 'GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${MiB}\r\n\r\nbegun`;
  const rest = '.'.repeat(MiB - 'begun'.length);

  it('is discarded after its response, and the next request is read', async () => {
    const urls: string[] = [];
    const response = { late: () => {} };
    const begun = new Promise<void>((resolve) => {
      connect((req, res) => {
        urls.push(req.url!);
        if (req.method === 'GET') res.end();
        response.late = () => res.end('late');
        setImmediate(resolve);
      }).then((socket) => {
        socket.write(head);
        begun.then(() => {
          response.late();
          socket.write(rest + next);
          socket.resume();
        });
      });
    });
    await begun;
    await still(() => urls.length);
    expect(urls).toEqual(['/', '/next']);
  });
});

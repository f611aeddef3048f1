/** Connections leave nothing in memory: each has one request, and every other one is cut at some byte of it. */
import { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { own } from '../../src/api/compat/own.js';
import { createServer, type Server } from '../../src/index.js';
import { MiB, memoryUse } from './kit/memory.js';

const COUNT = 100_000;
const AT_ONCE = 50;
/** While its code warms up, V8 keeps more: after 20,000 connections still 1.2 MiB on a busy machine, after 60,000 half a MiB on any. */
const WARM_UP = 60_000;
/** 10 bytes per connection: the smallest object takes 16, and a reference to it 8 more. */
const BOUND = MiB;

const POST = 'POST /path HTTP/1.1\r\nHost: a\r\nA: b\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789';

/** A socket whose peer accepts everything, and responds to FIN with FIN. */
class Wire extends Duplex {
  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}

/** Where each connection is cut; every other one is not. A Lehmer generator, so that runs are reproducible. */
function* cuts(): Generator<number> {
  for (let seed = 9112; ; seed = (seed * 48_271) % 2_147_483_647) {
    yield POST.length;
    yield seed % POST.length;
  }
}

async function serveOne(server: Server, cut: number): Promise<void> {
  const socket = new Wire();
  const closed = finished(socket).catch(() => {});
  server.emit('connection', socket as never);
  const half = cut >> 1;
  if (half > 0) socket.push(POST.slice(0, half));
  if (cut > half) socket.push(POST.slice(half, cut));
  if (cut < POST.length) cutOff(socket, cut);
  await closed;
}

/** Cuts at once, in the next turn, or by FIN. */
function cutOff(socket: Duplex, cut: number): void {
  if (cut % 3 === 0) socket.destroy();
  else if (cut % 3 === 1) setImmediate(() => socket.destroy());
  else socket.push(null);
}

async function serve(server: Server, count: number, cut: Iterator<number>): Promise<void> {
  for (let served = 0; served < count; served += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => serveOne(server, cut.next().value)));
  }
}

describe('100,000 connections', () => {
  it('leave nothing in memory', async () => {
    let [finishedResponses, aborted] = [0, 0];
    const server = createServer((req, res) => {
      req.resume();
      req.on('aborted', () => aborted++);
      req.on('end', () => res.end('hello'));
      res.on('finish', () => finishedResponses++);
    });
    server.on('clientError', (_error, socket) => socket.destroy());
    const cut = cuts();
    await serve(server, WARM_UP, cut);
    const before = await memoryUse();
    await serve(server, COUNT, cut);
    const after = await memoryUse();

    console.log({ finishedResponses, aborted, before, after });
    expect(after.wasm).toBe(before.wasm);
    expect(server[own].connections.size).toBe(0);
    expect(finishedResponses).toBeGreaterThanOrEqual((COUNT + WARM_UP) / 2);
    expect(aborted).toBeGreaterThan(0);
    expect(after.heap - before.heap).toBeLessThan(BOUND);
    expect(after.buffers - before.buffers).toBeLessThan(BOUND);
  });
});

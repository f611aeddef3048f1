/** Large bodies arrive whole, however their socket reads and their parser counts. Chunks that are kept do not change. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Agent, createServer, type IncomingMessage, request, type Server } from '../../src/index.js';
import { dial } from '../conversations/kit/wires.js';

const KiB = 1024;

const opened: { destroy(): void }[] = [];

afterEach(() => {
  process.setUncaughtExceptionCaptureCallback(null);
  for (const each of opened.splice(0)) each.destroy();
});

async function listen(server: Server): Promise<number> {
  opened.push({ destroy: () => server.close().closeAllConnections() });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Bytes in which each place can be told from its neighbours. */
function body(length: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at++) words[at] = Math.imul(at + 1, 2654435761) ^ seed;
  return Buffer.from(words.buffer, 0, length);
}

const digest = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** All chunks are kept to the end: a later read must not change them. */
async function digestOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return digest(Buffer.concat(chunks));
}

const echo = () =>
  createServer(async (req, res) => {
    res.end(await digestOf(req));
  });

function post(socket: Socket, content: Buffer, chunk: number): void {
  socket.write('POST / HTTP/1.1\r\nHost: a\r\n');
  if (chunk === 0) {
    socket.write(`Content-Length: ${content.length}\r\n\r\n`);
    socket.write(content);
    return;
  }
  socket.write('Transfer-Encoding: chunked\r\n\r\n');
  for (let at = 0; at < content.length; at += chunk) {
    const piece = content.subarray(at, at + chunk);
    socket.write(`${piece.length.toString(16)}\r\n`);
    socket.write(piece);
    socket.write('\r\n');
  }
  socket.write('0\r\n\r\n');
}

/** The bodies of `count` responses, which are digests. */
async function digests(socket: Socket, count: number): Promise<string[]> {
  let text = '';
  socket.setEncoding('latin1');
  for (;;) {
    const found = [...text.matchAll(/\r\n\r\n([0-9a-f]{40})/g)].map((match) => match[1]!);
    if (found.length === count) return found;
    const [more] = await once(socket, 'data');
    text += more;
  }
}

const size = fc.oneof(
  fc.integer({ min: 0, max: 2000 * KiB }),
  fc.nat(6).map((count) => count * 64 * KiB),
);
const upload = fc.record({
  size,
  seed: fc.integer(),
  chunk: fc.constantFrom(0, 0, 100 * KiB, 64 * KiB, 3 * KiB, 700 * KiB),
});

describe('a server', () => {
  it('receives bodies of all sizes on connections of which some read at once', async () => {
    const port = await listen(echo());
    const connections = fc.array(fc.array(upload, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(connections, async (connections) => {
      await Promise.all(
        connections.map(async (uploads) => {
          const socket = await dial(port);
          const contents = uploads.map(({ size, seed }) => body(size, seed));
          for (const [index, content] of contents.entries()) post(socket, content, uploads[index]!.chunk);
          expect(await digests(socket, contents.length)).toEqual(contents.map(digest));
          socket.destroy();
        }),
      );
    });
    await fc.assert(property, { seed: 1, numRuns: 15 });
  });

  it('receives the rest in order after a listener has thrown', async () => {
    const port = await listen(
      createServer((req, res) => {
        let size = 0;
        const chunks: Buffer[] = [];
        req.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > 500 * KiB && size - chunk.length <= 500 * KiB) throw new Error('from a listener');
        });
        req.on('end', () => res.end(digest(Buffer.concat(chunks))));
      }),
    );
    const thrown = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
    const socket = await dial(port);
    const content = body(2000 * KiB, 7);
    post(socket, content, 0);
    expect(await thrown).toEqual(new Error('from a listener'));
    expect(await digests(socket, 1)).toEqual([digest(content)]);
    socket.destroy();
  });

  it('hands over a socket on which a large body was read', async () => {
    const server = echo();
    const port = await listen(server);
    const tunnelled = body(1000 * KiB, 3);
    server.on('upgrade', (_req, socket, head) => {
      const chunks: Buffer[] = [head];
      let length = head.length;
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length === tunnelled.length) socket.end(`\r\n\r\n${digest(Buffer.concat(chunks))}`);
      });
    });
    const socket = await dial(port);
    const content = body(640 * KiB, 9);
    post(socket, content, 0);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    socket.write(tunnelled);
    expect(await digests(socket, 2)).toEqual([digest(content), digest(tunnelled)]);
    socket.destroy();
  });
});

it('a client receives large bodies on a kept connection', async () => {
  const contents = [640 * KiB, 5, 64 * KiB, 2000 * KiB + 1].map((size) => body(size, size));
  const port = await listen(createServer((req, res) => res.end(contents[Number(req.url!.slice(1))])));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  opened.push(agent);
  for (const [index, content] of contents.entries()) {
    const req = request({ port, host: '127.0.0.1', path: `/${index}`, agent }).end();
    const [res] = await once(req, 'response');
    expect(await digestOf(res as IncomingMessage)).toBe(digest(content));
    expect(req.reusedSocket).toBe(index > 0);
  }
});

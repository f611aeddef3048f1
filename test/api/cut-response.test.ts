/** Known failures: what is listed here is wrong, and each test begins to fail when it is mended. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import http from '../../src/index.js';

const SIZE = 3_000_000;

/** How much of the response comes: its request is followed by a large upload when the server has begun to close. */
async function received(): Promise<number> {
  const server = http.createServer((req, res) => {
    req.resume();
    if (req.url === '/2') return void res.end();
    server.close();
    peer.write('POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n');
    peer.write(Buffer.alloc(500_000), () => res.end(Buffer.alloc(SIZE)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const peer = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  let size = 0;
  peer
    .on('error', () => {})
    .on('data', (chunk) => {
      size += chunk.length;
    });
  peer.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(peer, 'close');
  return size;
}

/**
 * The socket is destroyed with unread input, so the kernel resets the connection, and what it has not sent yet is lost. RFC 9112 §9.6
 * asks a server to read on for a while. Not every connection must be cut: some of three is.
 */
it.fails('the last response of a closing server is whole, although a further upload arrives', async () => {
  const sizes = [await received(), await received(), await received()];
  expect(Math.min(...sizes)).toBeGreaterThan(SIZE);
});

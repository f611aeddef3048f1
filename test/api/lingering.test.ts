/**
 * The last response of a connection is whole, although its peer still sends: a socket that is closed with unread input is reset, and
 * what the kernel has not sent yet is lost (RFC 9112 §9.6).
 */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import http, { type Server, type ServerResponse } from '../../src/index.js';

/** More than the peer's kernel takes at once. */
const SIZE = 3_000_000;

interface Way {
  /** The first request. */
  readonly asks?: string;
  /** What follows it. */
  readonly sends?: string;
  /** Called before the response. */
  readonly respond?: (server: Server, response: ServerResponse) => void;
  readonly limit?: number;
}

const post = (length: number) => `POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
const get = (version: string, fields = '') => `GET /1 HTTP/${version}\r\nHost: a\r\n${fields}\r\n`;
const upload = `POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n`;
const close = (_server: Server, res: ServerResponse) => void res.setHeader('Connection', 'close');

const ways: Readonly<Record<string, Way>> = {
  'server.close(), and a further request': { respond: (server) => void server.close() },
  'the last request that the server allows, and a further one': { limit: 1 },
  'a response with Connection: close, and a further request': { respond: close },
  'a request with Connection: close, and a further one': { asks: get('1.1', 'Connection: close\r\n') },
  'a request of HTTP/1.0, and a further one': { asks: get('1.0') },
  'a response before the end of its request': { asks: upload, sends: '', respond: close },
  'a response before the end of its request, which nobody reads on': {
    asks: upload,
    sends: '',
    respond(server, res) {
      res.req.pause();
      close(server, res);
    },
  },
};

/** How much of the response comes, which is sent as soon as 500,000 bytes have left the peer. */
async function received({ asks = get('1.1'), sends = post(500_000), respond, limit = 0 }: Way): Promise<number> {
  const server = http.createServer((req, res) => {
    req.on('error', () => {}).resume();
    if (req.url === '/2') return void res.end();
    respond?.(server, res);
    peer.write(sends);
    peer.write(Buffer.alloc(500_000), () => res.end(Buffer.alloc(SIZE)));
  });
  server.maxRequestsPerSocket = limit;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const peer = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  let size = 0;
  peer
    .on('error', () => {})
    .on('data', (chunk) => {
      size += chunk.length;
    });
  peer.write(asks);
  await once(peer, 'close');
  server.close();
  return size;
}

for (const [name, way] of Object.entries(ways)) {
  it(name, async () => {
    expect(await received(way)).toBeGreaterThan(SIZE);
  });
}

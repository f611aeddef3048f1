/** One connection to a server, in raw bytes. */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { dial, duplexPair } from '../../conversations/kit/wires.js';
import type { Http } from './twice.js';

export type Handler = (req: IncomingMessage, res: ServerResponse) => void;

export interface Exchange {
  /** What the client sends; by default a GET with "Connection: close". */
  readonly send?: string;
  /** What it sends when it has received something. */
  readonly next?: string;
  /** The connection is a pair of Duplex streams. */
  readonly isDuplex?: boolean;
  readonly options?: ServerOptions;
  /** Called with the server before it listens. */
  readonly prepare?: (server: Server) => void;
}

export const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

export const post = (body: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

export const chunkedWithTrailers = (lines: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n${lines}\r\n`;

/**
 * Serves one connection; resolves with all received bytes, without dates, when the server has closed it and all effects of
 * the close have happened.
 */
export async function exchange(http: Http, handler: Handler, parts: Exchange = {}): Promise<string> {
  const server = http.createServer(parts.options ?? {}, handler);
  parts.prepare?.(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = parts.isDuplex ? pair(server) : net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const { next } = parts;
  if (next !== undefined) socket.once('data', () => socket.write(next));
  socket.write(parts.send ?? GET);
  let bytes = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    bytes += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  return bytes.replaceAll(/Date: [^\r]*\r\n/g, '');
}

/** Listens, and is closed when `act` is over, with the connection that `act` was given. */
export async function withPeer(server: Server, act: (peer: Socket) => unknown): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = await dial((server.address() as AddressInfo).port);
  await act(peer);
  peer.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** @returns the client's end of a connection that it closes when the server has */
function pair(server: Server): Duplex {
  const [near, far] = duplexPair();
  server.emit('connection', far);
  return near.on('end', () => near.destroy());
}

/** Logs the events of an emitter by name. */
export function listen(
  log: string[],
  name: string,
  emitter: { on(event: string, listener: () => void): unknown },
  events: readonly string[],
): void {
  for (const event of events) emitter.on(event, () => log.push(`${name}.${event}`));
}

/** Exchanges in memory, and how they end. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import http, {
  type ClientRequest,
  type Ending,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from '../../src/index.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { settled } from '../../src/testing/transit.js';

export const CHANNEL = 'statewire:exchange.end';

/** The endings that are published meanwhile. */
export async function endingsOf(run: () => Promise<unknown> | unknown): Promise<Ending[]> {
  const endings: Ending[] = [];
  const note = (ending: unknown): void => void endings.push(ending as Ending);
  subscribe(CHANNEL, note);
  try {
    await run();
    await settled();
  } finally {
    unsubscribe(CHANNEL, note);
  }
  return endings;
}

type Peer = ReturnType<typeof socketPair>[0];

export interface Served {
  readonly server: Server;
  readonly socket: Socket;
  readonly peer: Peer;
  readonly responses: ServerResponse[];
}

/** A server of one connection, to which the peer has sent `bytes`. */
export async function serve(
  bytes: string,
  handler: (req: IncomingMessage, res: ServerResponse) => void = () => {},
  options: ServerOptions = {},
): Promise<Served> {
  const server = http.createServer(options);
  const responses: ServerResponse[] = [];
  server.on('request', (req, res) => {
    responses.push(res);
    req.on('error', () => {});
    handler(req, res);
  });
  const [peer, socket] = socketPair();
  server.emit('connection', socket);
  peer.on('error', () => {}).resume();
  if (bytes !== '') peer.write(bytes, 'latin1');
  await settled();
  return { server, socket: socket as Socket, peer, responses };
}

export interface Asked {
  readonly req: ClientRequest;
  readonly socket: Socket;
  readonly peer: Peer;
}

/** A request on a socket whose peer is the caller. `reads`: whether the peer reads. */
export async function ask(
  options: RequestOptions = {},
  send: (req: ClientRequest) => void = (req) => req.end(),
  reads = true,
): Promise<Asked> {
  const [socket, peer] = socketPair(reads ? {} : { highWaterMark: 1024 });
  peer.on('error', () => {});
  if (reads) peer.resume();
  const createConnection = (): Socket => socket as Socket;
  const req = http.request({ host: 'api', path: '/x', createConnection, ...options } as RequestOptions);
  req.on('error', () => {});
  req.on('response', (res) => res.on('error', () => {}).resume());
  send(req);
  await settled();
  return { req, socket: socket as Socket, peer };
}

export const GET = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
export const POST = 'POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n';
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';

/**
 * Rows `emitted-events`, `emitted-close` and `ended-idle-socket`: a program emits by itself what a socket emits, or ends or
 * corks a socket that no request has.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, Server, ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { withPeer } from './kit/exchange.js';
import { differs, type Http } from './kit/twice.js';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const fail = new Error('mine');

/** What a program does with a client's socket, and when. */
type Act = (request: ClientRequest, response: IncomingMessage, act: () => void) => unknown;

const moments: Readonly<Record<string, Act>> = {
  "in 'data' of the response": (_, response, act) => response.once('data', act),
  "in 'end' of the response": (_, response, act) => response.once('end', act),
  "in 'close' of the request": (request, _, act) => request.once('close', act),
  'when it is idle': (request, _, act) => request.once('close', () => settle().then(act)),
};

/** Whether a second request gets the socket of the first, and how it ends. */
async function reuse(face: Http, moment: Act, act: (socket: Socket) => unknown): Promise<unknown[]> {
  const peers = new Set<Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (peer) => {
    peers.add(peer);
    peer.on('error', () => {}).on('data', () => peer.write(RESPONSE));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new face.Agent({ keepAlive: true });
  const ask = async (each: Act): Promise<[Socket, string[]]> => {
    const log: string[] = [];
    const { port } = server.address() as AddressInfo;
    const request = face.get({ port, host: '127.0.0.1', agent }, (response) => {
      response.resume().on('error', () => log.push('cut'));
      response.on('end', () => log.push('end'));
      each(request, response, () => act(request.socket as Socket));
    });
    request.on('error', () => log.push('error'));
    await settle();
    await settle();
    return [request.socket as Socket, log];
  };
  const [first, log] = await ask(moment);
  const [second, outcome] = await ask(() => {});
  agent.destroy();
  for (const peer of peers) peer.destroy();
  await new Promise((resolve) => server.close(resolve));
  return [...log, first === second, ...outcome];
}

describe("a program that emits an event of a client's socket", () => {
  for (const [when, moment] of Object.entries(moments)) {
    const stays = ['end', true, 'end'];
    const leaves = ['end', false, 'end'];
    for (const event of ['end', 'close'])
      differs(`'${event}' ${when}`, (face) => reuse(face, moment, (socket) => socket.emit(event)), stays, leaves);
    // A request that is not over yet notices its fault.
    const onGarbage = when === "in 'data' of the response" ? ['error', ...leaves] : leaves;
    const garbage = (socket: Socket) => socket.emit('data', Buffer.from('x'));
    differs(`'data' ${when}`, (face) => reuse(face, moment, garbage), stays, onGarbage);
    differs(`'free' ${when}`, (face) => reuse(face, moment, (socket) => socket.emit('free')), leaves, stays);
  }
  differs(
    "'error' in 'response'",
    (face) =>
      reuse(
        face,
        (_, __, act) => act(),
        (socket) => socket.emit('error', fail),
      ),
    ['error', 'cut', false, 'end'],
    ['error', 'end', false, 'end'],
  );
});

describe('a socket that no request has', () => {
  const idle = moments['when it is idle'] as Act;
  /** The second request has the socket, and no response. */
  const waits: unknown[] = ['end', true];
  differs('that the program ends', (face) => reuse(face, idle, (socket) => socket.end()), waits, ['end', false, 'end']);
  differs('that the program corks', (face) => reuse(face, idle, (socket) => socket.cork()), waits, [
    'end',
    true,
    'end',
  ]);
});

/** What a server emits and sends whose handler does something. */
async function served(
  { createServer }: Http,
  sent: string,
  act: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<string[]> {
  const log: string[] = [];
  const server: Server = createServer((req, res) => {
    log.push('request');
    act(req, res);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    log.push(error.code ?? error.message);
    socket.destroy();
  });
  await withPeer(server, async (peer) => {
    peer.setEncoding('latin1').on('data', (text: string) => log.push(text.slice(text.indexOf('\r\n\r\n') + 4)));
    peer.write(sent);
    await settle();
  });
  return log;
}

describe("a program that emits an event of a server's socket in a handler", () => {
  differs(
    "'end'",
    (face) =>
      served(face, GET, (req, res) => {
        req.socket.emit('end');
        res.end('hello');
      }),
    ['request', 'HPE_INVALID_EOF_STATE'],
    ['request', 'hello'],
  );
  differs(
    "'error', with another request in the packet",
    (face) => served(face, GET + GET, (req) => req.socket.emit('error', fail)),
    ['request', 'mine', 'request'],
    ['request', 'mine'],
  );
});

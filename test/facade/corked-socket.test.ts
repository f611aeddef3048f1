/** A program that corks the socket of a message: the message's end leaves nevertheless, and undoes the corks. */
import { once } from 'node:events';
import type { ClientRequest, ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { withPeer } from './kit/exchange.js';
import { type Http, twice } from './kit/twice.js';

type Act = (message: ServerResponse | ClientRequest) => void;

const acts: Readonly<Record<string, Act>> = {
  'end(text)': (message) => message.end('text'),
  'end()': (message) => message.end(),
  'write() and end()': (message) => {
    message.write('written');
    message.end('ended');
  },
  'write(), and end() in a later turn': (message) => {
    message.write('written');
    setImmediate(() => message.end('ended'));
  },
  'end(bytes)': (message) => message.end(Buffer.alloc(100_000, 'b')),
  'flushHeaders() and end()': (message) => {
    message.flushHeaders();
    message.end('text');
  },
};

/** What arrives, when, and how often the socket is corked then. */
interface Outcome {
  readonly log: unknown[];
  bytes: string;
}

const receive = (outcome: Outcome) => (bytes: Buffer) => {
  outcome.bytes += bytes.toString('latin1');
};

const whole = ({ log, bytes }: Outcome) => [...log, bytes.replaceAll(/Date: [^\r]*\r\n|Host: [^\r]*\r\n/g, '')];

async function served({ createServer }: Http, corks: number, act: Act): Promise<unknown[]> {
  const outcome: Outcome = { log: [], bytes: '' };
  const server = createServer(({ socket }, res) => {
    for (let cork = 0; cork < corks; cork++) socket.cork();
    res.on('finish', () => outcome.log.push(`finish, corked ${socket.writableCorked}`));
    act(res);
  });
  await withPeer(server, async (peer) => {
    peer.on('data', receive(outcome)).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await settle();
    await settle();
  });
  return whole(outcome);
}

async function sent({ request }: Http, corks: number, act: Act): Promise<unknown[]> {
  const outcome: Outcome = { log: [], bytes: '' };
  const server = net.createServer((peer) => peer.on('error', () => {}).on('data', receive(outcome)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const req = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', method: 'POST' });
  req.on('error', () => {});
  const [socket] = (await once(req, 'socket')) as [Socket];
  await once(socket, 'connect');
  for (let cork = 0; cork < corks; cork++) socket.cork();
  req.on('finish', () => outcome.log.push(`finish, corked ${socket.writableCorked}`));
  act(req);
  await settle();
  await settle();
  req.destroy();
  await new Promise((resolve) => server.close(resolve));
  return whole(outcome);
}

for (const [name, act] of Object.entries(acts)) {
  for (const corks of [1, 2]) {
    describe(`a socket that is corked ${corks} times`, () => {
      twice(`sends a response: ${name}`, (http) => served(http, corks, act));
      twice(`sends a request: ${name}`, (http) => sent(http, corks, act));
    });
  }
}

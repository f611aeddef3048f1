/** The listeners on a client's socket, which packages count. */
import { once } from 'node:events';
import type { AgentOptions, ClientRequest, IncomingMessage } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe } from 'vitest';
import { type Http, twice } from './kit/twice.js';

/** The number of 'data' listeners on the socket, at points of two sequential requests. */
async function counts(http: Http, options: AgentOptions): Promise<string[]> {
  const server = http.createServer((_req, res) => {
    res.write('a');
    res.end('b');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new http.Agent(options);
  const log: string[] = [];
  for (let i = 0; i < 2; i++) {
    const req: ClientRequest = http.get({ host: '127.0.0.1', port, agent });
    const [socket] = (await once(req, 'socket')) as [Socket];
    const note = (name: string): void => void log.push(`${name} ${socket.listenerCount('data')}`);
    note('socket');
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    res.resume().on('end', () => note('end'));
    await once(res, 'close');
    note('close');
  }
  agent.destroy();
  server.close();
  await once(server, 'close');
  return log;
}

// node-fetch 2 takes a listener that is left when the response closes as a sign that a chunked response was cut.
describe("no 'data' listener is left on a socket after a response", () => {
  twice('that is kept', (http) => counts(http, { keepAlive: true }));
  twice('that is closed', (http) => counts(http, {}));
});

const READING = ['data', 'end', 'drain', 'error'] as const;
const all = (socket: Socket): string => READING.map((event) => `${event} ${socket.listenerCount(event)}`).join(', ');

/** Leak detectors count when a socket is free, and when its request has failed. */
describe('the listeners on a socket that is not being read', () => {
  twice("in 'free', twice", async (http) => {
    const server = http.createServer((_req, res) => res.end('a')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new http.Agent({ keepAlive: true });
    const log: string[] = [];
    for (let i = 0; i < 2; i++) {
      const req = http.get({ host: '127.0.0.1', port, agent }, (res) => void res.resume());
      req.once('socket', (socket) => {
        socket.once('free', () => log.push(all(socket)));
      });
      await once(req, 'close');
    }
    agent.destroy();
    server.close();
    return log;
  });

  for (const [name, bytes] of Object.entries({
    'no response': 'bad http = a parse error',
    'an invalid head': 'HTTP/1.1 200 OK\r\nno field\r\n\r\n',
  })) {
    twice(`in 'error' of the request: ${name}`, async (http) => {
      const server = net.createServer((socket) => {
        socket.on('error', () => {}).once('data', () => socket.end(bytes));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const req = http.get({ host: '127.0.0.1', port, agent: new http.Agent() });
      const log: string[] = [];
      req.on('socket', (socket) => log.push(`socket: ${all(socket)}`));
      req.on('error', () => log.push(`error: ${all(req.socket as Socket)}`));
      const closed = new Promise((resolve) => req.once('close', resolve));
      await closed;
      server.close();
      return log;
    });
  }
});

/** Queued requests of an agent whose peer closes the connection after each response without "Connection: close". */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Agent, get } from '../../src/index.js';
import { head } from '../conversations/kit/phrases.js';

const RESPONSE = `${head('HTTP/1.1 200 OK', 'Content-Length: 1')}a`;

const WAYS: Readonly<Record<string, (socket: Socket) => void>> = {
  'with the response': (socket) => void socket.end(RESPONSE),
  'a turn after the response': (socket) => {
    socket.write(RESPONSE);
    setImmediate(() => socket.end());
  },
};

for (const [when, respond] of Object.entries(WAYS)) {
  it(`FIN ${when}: thirty queued requests all get a response`, async () => {
    const peer = createServer((socket) => socket.on('error', () => {}).once('data', () => respond(socket)));
    peer.listen(0, '127.0.0.1');
    await once(peer, 'listening');
    const { port } = peer.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const request = get({ host: '127.0.0.1', port, agent });
        try {
          const [response] = await once(request, 'response');
          await once(response.resume(), 'end');
          return response.statusCode;
        } catch (error) {
          return (error as Error).message;
        }
      }),
    );
    expect(outcomes).toEqual(Array.from({ length: 30 }, () => 200));
    agent.destroy();
    peer.close();
  });
}

it('queued requests share a socket that the peer keeps open', async () => {
  let connections = 0;
  const peer = createServer((socket) => {
    connections++;
    socket.on('error', () => {}).on('data', () => socket.write(RESPONSE));
  });
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  const { port } = peer.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const reused = await Promise.all(
    Array.from({ length: 9 }, async () => {
      const request = get({ host: '127.0.0.1', port, agent });
      const [response] = await once(request, 'response');
      await once(response.resume(), 'end');
      return request.reusedSocket;
    }),
  );
  expect([connections, reused.filter((each) => each).length]).toEqual([1, 8]);
  agent.destroy();
  peer.close();
});

it("on 'free' the request that gets the socket is still queued for listeners before the agent's own", async () => {
  const peer = createServer((socket) => void socket.on('error', () => {}).on('data', () => socket.write(RESPONSE)));
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  const { port } = peer.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const queued: number[] = [];
  const requests = [1, 2, 3].map((number) => get({ host: '127.0.0.1', port, agent, path: `/${number}` }));
  for (const request of requests) {
    request.once('socket', (socket) => {
      if (request.reusedSocket) return;
      // Before the agent's own listener, like that of agentkeepalive, which counts queued requests here.
      socket.prependListener('free', () => queued.push(Object.values(agent.requests).flat().length));
    });
  }
  await Promise.all(requests.map(async (request) => once((await once(request, 'response'))[0].resume(), 'end')));
  await new Promise(setImmediate);
  expect(queued).toEqual([1, 0, 0]);
  agent.destroy();
  peer.close();
});

it('a request destroyed while its socket is being checked leaves it to the next', async () => {
  const peer = createServer((socket) => void socket.on('error', () => {}).on('data', () => socket.write(RESPONSE)));
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  const { port } = peer.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const [first, second, third] = [1, 2, 3].map(() => get({ host: '127.0.0.1', port, agent }));
  const closed = new Promise<void>((resolve) => second!.on('error', () => {}).on('close', () => resolve()));
  first!.once('socket', (socket) => socket.once('free', () => second!.destroy()));
  const [response] = await once(third!, 'response');
  await once(response.resume(), 'end');
  await closed;
  expect(third!.reusedSocket).toBe(true);
  agent.destroy();
  peer.close();
});

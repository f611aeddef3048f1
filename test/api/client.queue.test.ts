/** Requests in the queue of an agent, whose peer closes the connection behind each response without having said so. */
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

for (const [when, answer] of Object.entries(WAYS)) {
  it(`FIN ${when}: thirty requests in a queue are all answered`, async () => {
    const peer = createServer((socket) => socket.on('error', () => {}).once('data', () => answer(socket)));
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

it('the queue shares a socket that its peer keeps', async () => {
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

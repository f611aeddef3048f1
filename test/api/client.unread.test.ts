/** Unread responses without a body: their sockets go back to the agent and are no longer theirs. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Agent, get, type IncomingMessage, request } from '../../src/index.js';
import { head } from '../conversations/kit/phrases.js';
import { settle } from '../conversations/kit/wires.js';

let peer: Server;
let connections = 0;

beforeAll(async () => {
  peer = createServer((socket) => {
    connections++;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (String(chunk).includes('/body')) socket.write(`${head('HTTP/1.1 200 OK', 'Content-Length: 5')}hello`);
      else if (String(chunk).includes(' / ')) socket.write(head('HTTP/1.1 204 No Content'));
    });
  }).listen(0, '127.0.0.1');
  await once(peer, 'listening');
});

afterAll(() => void peer.close());

const optionsOf = (agent: Agent, path: string) => ({
  agent,
  path,
  host: '127.0.0.1',
  port: (peer.address() as AddressInfo).port,
});

async function getUnread(agent: Agent, path: string): Promise<IncomingMessage> {
  const [response] = await once(get(optionsOf(agent, path)), 'response');
  return response;
}

it('a hundred unread responses use one socket', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const before = connections;
  await Promise.all(Array.from({ length: 100 }, () => getUnread(agent, '/')));
  expect(connections - before).toBe(1);
  agent.destroy();
});

it('destroying a response does not affect the next request on its socket', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const response = await getUnread(agent, '/');
  const { socket } = response;
  await settle();
  const next = get(optionsOf(agent, '/slow')).on('error', (error) => log.push(error.message));
  const log: string[] = [];
  await settle();
  expect(next.socket).toBe(socket);
  response.on('aborted', () => log.push('aborted')).destroy(new Error('mine'));
  await settle();
  expect([log, next.socket?.destroyed, response.destroyed]).toEqual([[], false, true]);
  agent.destroy();
});

it('a later for await ends', async () => {
  const agent = new Agent({ keepAlive: true });
  const response = await getUnread(agent, '/');
  await settle();
  const chunks: unknown[] = [];
  for await (const chunk of response) chunks.push(chunk);
  expect([chunks, response.complete, response.readableEnded]).toEqual([[], true, true]);
  agent.destroy();
});

it('the socket waits for the upload', async () => {
  const agent = new Agent({ keepAlive: true });
  const upload = request({ ...optionsOf(agent, '/'), method: 'POST' });
  const log: string[] = [];
  for (const event of ['finish', 'close']) upload.on(event, () => log.push(event));
  upload.write('begun');
  await once(upload, 'response');
  await settle();
  expect(log).toEqual([]);
  upload.end();
  await settle();
  expect(log).toEqual(['finish', 'close']);
  expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
  agent.destroy();
});

it('an unread body holds its socket, as in Node', async () => {
  const agent = new Agent({ keepAlive: true });
  await getUnread(agent, '/body');
  await settle();
  expect(Object.values(agent.sockets).flat()).toHaveLength(1);
  agent.destroy();
});

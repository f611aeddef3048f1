/** A program that emits 'agentRemove' on a client's socket has it for itself as soon as no request has it. */
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { settle } from '../conversations/kit/wires.js';
import { type Http, http, twice } from './kit/twice.js';

const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n';

/** When the program takes the socket. */
type When = 'at the response' | 'at its end' | "at the request's 'close'" | 'when it is idle';

const EVENTS = ['data', 'end', 'error', 'close'];

interface Use {
  /** The events of the socket that the program listens to. */
  readonly events?: readonly string[];
  /** What the server does with the socket when the program has written on it. */
  act(peer: Socket): unknown;
}

/** What a program sees that takes the socket for itself. */
async function taken({ get, Agent }: Http, when: When, { events = EVENTS, act }: Use): Promise<unknown[]> {
  const log: unknown[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const req = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent, timeout: 60_000 });
  req.on('close', () => log.push('request close'));
  const [peer] = (await once(server, 'connection')) as [Socket];
  peer.on('error', () => {}).on('data', (bytes) => log.push(`server ${String(bytes).split('\r\n')[0]}`));
  peer.write(RESPONSE);
  const [res] = await once(req, 'response');
  const socket = req.socket as Socket;
  const take = (): void => {
    socket.emit('agentRemove');
    for (const event of events) socket.on(event, (data) => log.push(`${event} ${data ?? ''}`));
  };
  if (when === 'at the response') take();
  if (when === 'at its end') res.on('end', take);
  res.on('end', () => log.push('response end')).resume();
  peer.write('body');
  if (when === "at the request's 'close'") req.on('close', take);
  await once(req, 'close');
  await settle();
  if (when === 'when it is idle') take();
  log.push(Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)])));
  log.push([socket.readableFlowing, socket.timeout, socket.destroyed]);
  socket.write('mine');
  await settle();
  await act(peer);
  await settle();
  log.push(socket.destroyed);
  socket.destroy();
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
  return log;
}

const says = async (peer: Socket): Promise<void> => {
  peer.write('theirs');
  await settle();
};

const ends: Use['act'] = async (peer) => {
  await says(peer);
  peer.end();
};

const resets: Use['act'] = async (peer) => {
  await says(peer);
  peer.resetAndDestroy();
};

for (const when of ['at the response', 'at its end', "at the request's 'close'"] as const) {
  describe(`a socket that the program takes ${when}`, () => {
    twice('receives, and ends with its peer', (http) => taken(http, when, { act: ends }));
    twice('receives, and fails when its peer resets', (http) => taken(http, when, { act: resets }));
    twice('ends with its peer if nobody listens', (http) => taken(http, when, { events: ['close'], act: ends }));
  });
}

describe('a socket that is idle and then removed', () => {
  // Since 22, Node closes it when it receives something: it is still among the idle ones (`agent-tables`).
  const OWN = HOST < 22 ? ['host', 'statewire'] : ['statewire'];
  for (const name of OWN as (keyof typeof http)[]) {
    it.each([
      [ends, ['end ', 'close false']],
      [resets, ['error Error: read ECONNRESET', 'close true']],
    ])(`receives what its peer sends until it %o (${name})`, async (act, last) => {
      const log = await taken(http[name], 'when it is idle', { act });
      expect(log.slice(log.indexOf('server mine') + 1)).toEqual(['data theirs', ...last, true]);
    });
  }
  twice('ends with its peer if nobody listens', (each) =>
    taken(each, 'when it is idle', { events: ['close'], act: (peer) => peer.end() }),
  );
  twice('ends no process when its peer resets and nobody listens', (http) =>
    taken(http, 'when it is idle', { events: [], act: resets }),
  );
});

/** A socket that is removed in its 'free' has been given to the next request. */
async function removedWhenFree({ get, Agent }: Http): Promise<unknown[]> {
  const log: unknown[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const peers: Socket[] = [];
  const server = net.createServer({ noDelay: true }, (peer) => {
    peers.push(peer);
    peer.on('data', () => peer.write(`${RESPONSE}body`));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const ask = () => get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent });
  const first = ask();
  const [res] = await once(first, 'response');
  const socket = first.socket as Socket;
  socket.once('free', () => socket.emit('agentRemove'));
  const second: ClientRequest = await new Promise((resolve) => res.on('end', () => resolve(ask())).resume());
  second.on('response', ({ statusCode }) => log.push(statusCode)).on('response', (response) => response.resume());
  await once(second, 'close');
  await settle();
  log.push(second.socket === socket, socket.listenerCount('data'), socket.listenerCount('error'));
  socket.on('data', (data) => log.push(`data ${data}`));
  peers[0]?.write('theirs');
  await settle();
  log.push(peers.length, socket.destroyed);
  socket.destroy();
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
  return log;
}

describe("a socket that is removed in its event 'free'", () => {
  twice("serves the request that has it, and is then the program's", removedWhenFree);
});

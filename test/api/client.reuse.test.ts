/**
 * A connection is reused only while it is known to be idle and clean (RFC 9112 §9.3, §9.5): what a peer may do to an idle
 * connection, and the retry of a request whose reused socket was dead.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import statewire, { Agent, type AgentOptions } from '../../src/index.js';
import { settle } from '../conversations/kit/wires.js';

const response = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** How a peer reacts to bytes on its n-th connection, and to the k-th request there. */
type Behaviour = (socket: Socket, connection: number, request: number) => void;

const sites: { server: Server; agent: Agent }[] = [];

afterEach(() => {
  for (const { server, agent } of sites.splice(0)) {
    agent.destroy();
    server.close();
  }
});

/** A scripted peer, and sequential requests to it. */
async function site(behaviour: Behaviour, options: AgentOptions = {}) {
  const agent = new Agent({ keepAlive: true, ...options });
  const sockets: Socket[] = [];
  const received: string[] = [];
  const server = createServer((socket) => {
    const connection = sockets.push(socket);
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received.push(`${connection}: ${chunk.toString('latin1')}`);
      behaviour(socket, connection, ++requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  sites.push({ server, agent });
  const { port } = server.address() as AddressInfo;
  const send = (path: string, given: object = {}, body?: string): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const log: string[] = [];
      const request = statewire.request({ host: '127.0.0.1', port, path, agent, ...given });
      request.on('socket', () => log.push(request.reusedSocket ? 'reused' : 'fresh'));
      request.on('finish', () => log.push('finish'));
      request.on('error', (error) => log.push(`error ${(error as NodeJS.ErrnoException).code} ${error.message}`));
      request.on('response', (response) => {
        response.setEncoding('utf8');
        response.on('data', (text: string) => log.push(text));
      });
      request.on('close', () => resolve(log));
      request.end(body);
    });
  return { agent, sockets, received, send };
}

/** Responds to each request, except where `kills` is true: there it resets the connection. */
const killing =
  (kills: (connection: number, request: number) => boolean): Behaviour =>
  (socket, connection, request) => {
    if (kills(connection, request)) socket.resetAndDestroy();
    else socket.write(response('ok'));
  };

const isSecond = (_connection: number, request: number) => request === 2;

describe('an idle connection', () => {
  it.each([
    ['FIN', (socket: Socket) => socket.end()],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['an unsolicited response', (socket: Socket) => socket.write(response('stray'))],
    ['half a head', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-')],
    ['an empty line', (socket: Socket) => socket.write('\r\n')],
  ])('is not reused after %s', async (_, act) => {
    const { send, sockets, agent } = await site((socket) => socket.write(response('ok')));
    expect(await send('/1')).toEqual(['fresh', 'finish', 'ok']);
    const [idle] = Object.values(agent.freeSockets).flat() as Socket[];
    act(sockets[0]!);
    await new Promise((resolve) => idle!.on('close', resolve));
    expect(Object.keys(agent.freeSockets)).toEqual([]);
    expect(await send('/2')).toEqual(['fresh', 'finish', 'ok']);
  });

  it.each([
    ['another response', response('stray')],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['garbage', 'x'],
  ])('is not reused after a response that came with %s', async (_, more) => {
    const { send } = await site((socket) => socket.write(response('ok') + more));
    expect((await send('/1')).filter((line) => !line.startsWith('error'))).toEqual(['fresh', 'finish', 'ok']);
    expect((await send('/2')).filter((line) => !line.startsWith('error'))).toEqual(['fresh', 'finish', 'ok']);
  });

  it('is reused if it is clean', async () => {
    const { send, sockets } = await site((socket) => socket.write(response('ok')));
    expect(await send('/1')).toEqual(['fresh', 'finish', 'ok']);
    await settle();
    expect(await send('/2')).toEqual(['reused', 'finish', 'ok']);
    expect(sockets).toHaveLength(1);
  });
});

describe('a reused socket that is dead', () => {
  it('fails the request, as documented by Node', async () => {
    const { send } = await site(killing(isSecond));
    await send('/1');
    expect(await send('/2')).toEqual(['reused', 'finish', 'error ECONNRESET read ECONNRESET']);
  });

  describe('with retryReused', () => {
    const retryReused = { retryReused: true };

    it.each([
      ['a reset', (socket: Socket) => socket.resetAndDestroy()],
      ['FIN', (socket: Socket) => socket.end()],
    ])('the request is sent again on a new socket after %s', async (_, end) => {
      const behaviour: Behaviour = (socket, connection, request) => {
        if (isSecond(connection, request)) end(socket);
        else socket.write(response('ok'));
      };
      const { send, received } = await site(behaviour, retryReused);
      await send('/1');
      expect(await send('/2')).toEqual(['reused', 'finish', 'fresh', 'ok']);
      expect(received.map((text) => text.split('\r\n')[0])).toEqual([
        '1: GET /1 HTTP/1.1',
        '1: GET /2 HTTP/1.1',
        '2: GET /2 HTTP/1.1',
      ]);
    });

    it('sends the body again', async () => {
      const { send, received } = await site(killing(isSecond), retryReused);
      await send('/1');
      expect(await send('/2', { method: 'PUT' }, 'the body')).toEqual(['reused', 'finish', 'fresh', 'ok']);
      const [, first, second] = received.map((text) => text.slice(3));
      expect(first).toMatch(/^PUT \/2 HTTP\/1\.1\r\n.*\r\n\r\nthe body$/s);
      expect(second).toBe(first);
    });

    it.each([
      ['its agent', (agent: Agent) => agent.destroy()],
      ['the program', (_agent: Agent, idle: Socket) => idle.destroy()],
    ])('the request is also sent again if %s destroys the socket first', async (_, destroy) => {
      const { send, agent } = await site((socket) => socket.write(response('ok')), retryReused);
      await send('/1');
      await settle();
      const [idle] = Object.values(agent.freeSockets).flat() as Socket[];
      const sent = send('/2');
      destroy(agent, idle!);
      expect(await sent).toEqual(['reused', 'fresh', 'finish', 'ok']);
      await settle();
      expect(Object.keys(agent.sockets)).toEqual([]);
    });

    it('a request is not repeated if its method is not idempotent', async () => {
      const { send } = await site(killing(isSecond), retryReused);
      await send('/1');
      expect(await send('/2', { method: 'POST' }, 'x')).toEqual([
        'reused',
        'finish',
        'error ECONNRESET read ECONNRESET',
      ]);
    });

    it('a request is not repeated after part of a response', async () => {
      const behaviour: Behaviour = (socket, connection, request) => {
        if (isSecond(connection, request)) socket.end('HTTP/1.1 2');
        else socket.write(response('ok'));
      };
      const { send } = await site(behaviour, retryReused);
      await send('/1');
      expect(await send('/2')).toEqual(['reused', 'finish', 'error ECONNRESET socket hang up']);
    });

    it('a request on a new socket is not repeated', async () => {
      const { send } = await site(
        killing(() => true),
        retryReused,
      );
      expect(await send('/1')).toEqual(['fresh', 'finish', 'error ECONNRESET read ECONNRESET']);
    });

    it('the request fails if no new socket can be opened', async () => {
      const { send, agent } = await site(killing(isSecond), retryReused);
      await send('/1');
      agent.createConnection = () => {
        throw Object.assign(new Error('no more'), { code: 'ENOMORE' });
      };
      expect(await send('/2')).toEqual(['reused', 'finish', 'error ENOMORE no more']);
    });

    it('a request that is sent again takes the room of an idle socket, not that socket', async () => {
      const behaviour: Behaviour = (socket, connection, request) => {
        if (isSecond(connection, request)) socket.end();
        else socket.write(response('ok'));
      };
      const { send, sockets } = await site(behaviour, { ...retryReused, maxSockets: 2 });
      await Promise.all([send('/1'), send('/2')]);
      expect(await send('/3')).toEqual(['reused', 'finish', 'fresh', 'ok']);
      expect(sockets).toHaveLength(3);
    });

    it('a request is repeated only once', async () => {
      const { send } = await site(
        killing((connection, request) => connection > 1 || request > 1),
        retryReused,
      );
      await send('/1');
      expect(await send('/2')).toEqual(['reused', 'finish', 'fresh', 'error ECONNRESET read ECONNRESET']);
    });
  });
});

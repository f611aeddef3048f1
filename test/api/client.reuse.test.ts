/**
 * A connection is used again only while it is known to be idle and clean (RFC 9112 §9.3, §9.5): what the peer does to an
 * idle connection, and the second try of a request whose reused socket was dead.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import statewire, { Agent, type AgentOptions } from '../../src/index.js';
import { settle } from '../conversations/kit/wires.js';

const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** What a peer makes of the bytes of its n-th connection, and of its k-th request there. */
type Manner = (socket: Socket, connection: number, request: number) => void;

const sites: { server: Server; agent: Agent }[] = [];

afterEach(() => {
  for (const { server, agent } of sites.splice(0)) {
    agent.destroy();
    server.close();
  }
});

/** A scripted peer, and requests to it one after the other. */
async function site(manner: Manner, options: AgentOptions = {}) {
  const agent = new Agent({ keepAlive: true, ...options });
  const sockets: Socket[] = [];
  const received: string[] = [];
  const server = createServer((socket) => {
    const connection = sockets.push(socket);
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received.push(`${connection}: ${chunk.toString('latin1')}`);
      manner(socket, connection, ++requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  sites.push({ server, agent });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, given: object = {}, body?: string): Promise<readonly string[]> =>
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
  return { agent, sockets, received, ask };
}

/** Answers each request but those that `kills` names: there the connection is reset. */
const killing =
  (kills: (connection: number, request: number) => boolean): Manner =>
  (socket, connection, request) => {
    if (kills(connection, request)) socket.resetAndDestroy();
    else socket.write(answer('ok'));
  };

const isSecond = (_connection: number, request: number) => request === 2;

describe('an idle connection', () => {
  it.each([
    ['FIN', (socket: Socket) => socket.end()],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['an answer that nobody asked for', (socket: Socket) => socket.write(answer('stray'))],
    ['half a head', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-')],
    ['an empty line', (socket: Socket) => socket.write('\r\n')],
  ])('is not used again behind %s', async (_, act) => {
    const { ask, sockets, agent } = await site((socket) => socket.write(answer('ok')));
    expect(await ask('/1')).toEqual(['fresh', 'finish', 'ok']);
    const [idle] = Object.values(agent.freeSockets).flat() as Socket[];
    act(sockets[0]!);
    await new Promise((resolve) => idle!.on('close', resolve));
    expect(Object.keys(agent.freeSockets)).toEqual([]);
    expect(await ask('/2')).toEqual(['fresh', 'finish', 'ok']);
  });

  it.each([
    ['another answer', answer('stray')],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['garbage', 'x'],
  ])('was never clean behind an answer that came with %s', async (_, more) => {
    const { ask } = await site((socket) => socket.write(answer('ok') + more));
    expect((await ask('/1')).filter((line) => !line.startsWith('error'))).toEqual(['fresh', 'finish', 'ok']);
    expect((await ask('/2')).filter((line) => !line.startsWith('error'))).toEqual(['fresh', 'finish', 'ok']);
  });

  it('is used again when it is clean', async () => {
    const { ask, sockets } = await site((socket) => socket.write(answer('ok')));
    expect(await ask('/1')).toEqual(['fresh', 'finish', 'ok']);
    await settle();
    expect(await ask('/2')).toEqual(['reused', 'finish', 'ok']);
    expect(sockets).toHaveLength(1);
  });
});

describe('a reused socket that is dead', () => {
  it('fails the request, as Node documents it', async () => {
    const { ask } = await site(killing(isSecond));
    await ask('/1');
    expect(await ask('/2')).toEqual(['reused', 'finish', 'error ECONNRESET read ECONNRESET']);
  });

  describe('with retryReused', () => {
    const retryReused = { retryReused: true };

    it.each([
      ['a reset', (socket: Socket) => socket.resetAndDestroy()],
      ['FIN', (socket: Socket) => socket.end()],
    ])('behind %s the request is sent once more, on a fresh socket', async (_, end) => {
      const manner: Manner = (socket, connection, request) => {
        if (isSecond(connection, request)) end(socket);
        else socket.write(answer('ok'));
      };
      const { ask, received } = await site(manner, retryReused);
      await ask('/1');
      expect(await ask('/2')).toEqual(['reused', 'finish', 'fresh', 'ok']);
      expect(received.map((text) => text.split('\r\n')[0])).toEqual([
        '1: GET /1 HTTP/1.1',
        '1: GET /2 HTTP/1.1',
        '2: GET /2 HTTP/1.1',
      ]);
    });

    it('sends the body again', async () => {
      const { ask, received } = await site(killing(isSecond), retryReused);
      await ask('/1');
      expect(await ask('/2', { method: 'PUT' }, 'the body')).toEqual(['reused', 'finish', 'fresh', 'ok']);
      const [, first, second] = received.map((text) => text.slice(3));
      expect(first).toMatch(/^PUT \/2 HTTP\/1\.1\r\n.*\r\n\r\nthe body$/s);
      expect(second).toBe(first);
    });

    it.each([
      ['its agent', (agent: Agent) => agent.destroy()],
      ['the program', (_agent: Agent, idle: Socket) => idle.destroy()],
    ])('of a socket that %s destroys before the request takes it, too', async (_, destroy) => {
      const { ask, agent } = await site((socket) => socket.write(answer('ok')), retryReused);
      await ask('/1');
      await settle();
      const [idle] = Object.values(agent.freeSockets).flat() as Socket[];
      const asked = ask('/2');
      destroy(agent, idle!);
      expect(await asked).toEqual(['reused', 'fresh', 'finish', 'ok']);
      await settle();
      expect(Object.keys(agent.sockets)).toEqual([]);
    });

    it('not of a method that may not be repeated', async () => {
      const { ask } = await site(killing(isSecond), retryReused);
      await ask('/1');
      expect(await ask('/2', { method: 'POST' }, 'x')).toEqual([
        'reused',
        'finish',
        'error ECONNRESET read ECONNRESET',
      ]);
    });

    it('not when a part of an answer has come', async () => {
      const manner: Manner = (socket, connection, request) => {
        if (isSecond(connection, request)) socket.end('HTTP/1.1 2');
        else socket.write(answer('ok'));
      };
      const { ask } = await site(manner, retryReused);
      await ask('/1');
      expect(await ask('/2')).toEqual(['reused', 'finish', 'error ECONNRESET socket hang up']);
    });

    it('not of a fresh socket', async () => {
      const { ask } = await site(
        killing(() => true),
        retryReused,
      );
      expect(await ask('/1')).toEqual(['fresh', 'finish', 'error ECONNRESET read ECONNRESET']);
    });

    it('fails the request when no fresh one can be made', async () => {
      const { ask, agent } = await site(killing(isSecond), retryReused);
      await ask('/1');
      agent.createConnection = () => {
        throw Object.assign(new Error('no more'), { code: 'ENOMORE' });
      };
      expect(await ask('/2')).toEqual(['reused', 'finish', 'error ENOMORE no more']);
    });

    it('once, and no more', async () => {
      const { ask } = await site(
        killing((connection, request) => connection > 1 || request > 1),
        retryReused,
      );
      await ask('/1');
      expect(await ask('/2')).toEqual(['reused', 'finish', 'fresh', 'error ECONNRESET read ECONNRESET']);
    });
  });
});

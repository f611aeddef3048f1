/** What is printed with errors: test/endings/stories.txt. And that an error stays what it is in Node. */
import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import hostHttp from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { format, inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { showStories } from '../../src/api/process/story.js';
import { keepHistory } from '../../src/engine/history.js';
import http, { type ClientRequest, type ErrorHistory, type ServerResponse } from '../../src/index.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { settled } from '../../src/testing/transit.js';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';
import { type Asked, ask, GET, OK, POST, serve } from './kit.js';

type Told = Error & { readonly history?: ErrorHistory };

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => {
  clock.uninstall();
  keepHistory(true);
  showStories('inspect');
  vi.unstubAllEnvs();
});

const errorOf = (emitter: ClientRequest): Promise<Told> => new Promise((resolve) => emitter.once('error', resolve));

/** The second request on a kept connection, which was idle for five seconds, and its peer. */
async function reused(): Promise<{ req: ClientRequest; peer: ReturnType<typeof socketPair>[0] }> {
  const [socket, peer] = socketPair();
  peer.on('error', () => {}).resume();
  const agent = new http.Agent({ keepAlive: true });
  agent.createConnection = () => socket;
  http.get({ host: 'api', path: '/a', agent }, (res) => res.resume());
  await settled();
  peer.write(`${OK}hello`);
  await settled();
  await clock.advance(4987);
  const req = http.get({ host: 'api', path: '/x?token=secret', agent });
  req.on('error', () => {});
  await settled();
  await clock.advance(25);
  return { req, peer };
}

/** The error of 'clientError'. */
async function refused(bytes: string, act: (served: Awaited<ReturnType<typeof serve>>) => unknown): Promise<Told> {
  let error: Told | undefined;
  const served = await serve('', undefined, { headersTimeout: 60_000, connectionsCheckingInterval: 1000 });
  served.server.on('clientError', (each: Told, socket) => {
    error ??= each;
    socket.destroy();
  });
  served.peer.write(bytes);
  await settled();
  await act(served);
  await settled();
  return error!;
}

async function headLeft(handler: (res: ServerResponse) => void): Promise<Told> {
  const { responses } = await serve(GET, (_req, res) => handler(res));
  await clock.advance(41);
  try {
    responses[0]!.setHeader('a', 'b');
  } catch (error) {
    return error as Told;
  }
  return expect.fail('it did not throw');
}

const stories: Record<string, () => Promise<Told>> = {
  'ECONNRESET at a client': async () => {
    const { req, peer } = await reused();
    const error = errorOf(req);
    peer.resetAndDestroy();
    return error;
  },
  'EPIPE at a client': async () => {
    const { req, socket } = await ask({ method: 'POST' }, (each) => each.write('x'));
    await clock.advance(3000);
    const error = errorOf(req);
    const given = Object.assign(new Error('write EPIPE'), { errno: -32, code: 'EPIPE', syscall: 'write' });
    socket.destroy(given);
    return error;
  },
  'socket hang up': async () => {
    const { req, peer } = await reused();
    const error = errorOf(req);
    peer.end();
    return error;
  },
  'HPE_INVALID_CONSTANT at a client': async () => {
    const { req, peer } = await ask();
    const error = errorOf(req);
    peer.write('blah\r\n\r\n');
    return error;
  },
  'HPE_INVALID_METHOD at a server': () => refused('blah\r\n\r\n', () => {}),
  'HPE_INVALID_CHUNK_SIZE at a server': () =>
    refused('POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', ({ peer }) => peer.write('z\r\n')),
  'ECONNRESET at a server': () => refused(GET, ({ peer }) => peer.resetAndDestroy()),
  '408': () => refused('GET / HT', () => clock.advance(62_000)),
  'a request that was aborted': async () => {
    let error: Told | undefined;
    const { peer } = await serve(`${POST}xx`, (req) => req.resume().on('error', (each) => (error = each)));
    peer.resetAndDestroy();
    await settled();
    return error!;
  },
  'a response that was cut': async () => {
    const { req, peer } = await ask();
    const response = once(req, 'response');
    peer.write(`${OK}he`);
    const [res] = await response;
    const error = once(res, 'error');
    peer.end();
    return (await error)[0] as Told;
  },
  'ERR_HTTP_HEADERS_SENT after end()': () => headLeft((res) => res.end('x')),
  'ERR_HTTP_HEADERS_SENT after write()': () => headLeft((res) => res.write('x')),
  'ERR_HTTP_HEADERS_SENT after flushHeaders()': () => headLeft((res) => res.flushHeaders()),
  'ERR_HTTP_HEADERS_SENT after writeHead()': () => headLeft((res) => res.writeHead(200)),
  'ERR_HTTP_HEADERS_SENT before its turn': async () => {
    const { responses } = await serve(GET + GET);
    responses[1]!.end('x');
    await clock.advance(41);
    try {
      responses[1]!.setHeader('a', 'b');
    } catch (error) {
      return error as Told;
    }
    return expect.fail('it did not throw');
  },
  'ERR_HTTP_HEADERS_SENT without a history': () => {
    keepHistory(false);
    return headLeft((res) => res.end('x'));
  },
  ERR_STREAM_DESTROYED: async () => {
    const { responses } = await serve(GET, (_req, res) => res.write('x'));
    const [res] = responses as [ServerResponse];
    res.on('error', () => {});
    res.destroy();
    await settled();
    await clock.advance(12);
    return new Promise((resolve) => res.write('y', (error) => resolve(error as Told)));
  },
  ERR_STREAM_WRITE_AFTER_END: async () => {
    const { responses } = await serve(GET, (_req, res) => res.end('x').on('error', () => {}));
    return new Promise((resolve) => responses[0]!.write('y', (error) => resolve(error as Told)));
  },
  'a change of protocol that nobody listens for': async () => {
    const { req, peer } = await ask();
    const error = errorOf(req);
    peer.write('HTTP/1.1 101 A\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    return error;
  },
  'ERR_HTTP_HEADERS_SENT of a message that the program has made': async () => {
    const res = new http.ServerResponse({ method: 'GET' } as never);
    res.writeHead(200);
    try {
      res.setHeader('a', 'b');
    } catch (error) {
      return error as Told;
    }
    return expect.fail('it did not throw');
  },
  'a socket that can’t be had': async () => {
    const { req } = await ask({ path: '/x' }, (each) => each.on('error', () => {}));
    const failing = http.get({
      host: 'api',
      createConnection: ((_options: object, done: (error: Error) => void) =>
        done(
          Object.assign(new Error('getaddrinfo ENOTFOUND api'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
        )) as never,
    });
    req.destroy();
    return errorOf(failing);
  },
};

/** Without numbers that depend on what ran before. */
const plain = (text: string): string => text.replace(/\b([scq])\d+(?=[.\s,]|$)/gm, '$1#');

describe('the stories', () => {
  const told: string[] = [];
  it.each(Object.entries(stories))('%s', async (name, make) => {
    const error = await make();
    const story = String(error.history);
    told.push(`${name}\n${String(error)}\n${plain(story)}\n`);
    expect(inspect(error).endsWith(`\n${story}`)).toBe(true);
    expect(story.split('\n').filter((line) => line.length > 200)).toEqual([]);
    expect(story).not.toContain('secret');
  });

  it('are those of the file (if not: UPDATE=1)', () => {
    const file = new URL('./stories.txt', import.meta.url);
    const text = told.join('\n');
    if (process.env['UPDATE']) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

/** 'socket hang up' of an implementation, without a virtual clock. */
async function hungUp(face: typeof hostHttp): Promise<NodeJS.ErrnoException> {
  const server = createServer((socket) => socket.resume().once('data', () => socket.end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const [error] = await once(face.get({ port, host: '127.0.0.1' }), 'error').catch((each) => [each]);
  server.close();
  return error as NodeJS.ErrnoException;
}

describe('an error with a story', () => {
  it('is equal to that of node:http, and as JSON and as a clone', async () => {
    clock.uninstall();
    const [ours, theirs] = await Promise.all([hungUp(http as never), hungUp(hostHttp)]);
    showStories('off');
    const without = await hungUp(http as never);
    expect([ours, without].map((error) => Object.hasOwn(error, 'history'))).toEqual([true, false]);
    // Node's has a class of its own.
    assert.deepEqual(ours, theirs);
    assert.deepStrictEqual(ours, without);
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
    expect(Object.keys(structuredClone(ours))).toEqual(Object.keys(structuredClone(theirs)));
    expect(structuredClone(ours).message).toBe('socket hang up');
    expect(ours.stack).not.toContain('ended');
    clock = virtualClock();
  });

  it('is printed with its story wherever it is, and otherwise as in Node', async () => {
    const error = await stories['socket hang up']!();
    const story = String(error.history);
    const line = story.split('\n')[0]!;
    for (const text of [
      format('%o', error),
      format(error),
      inspect({ error }),
      inspect([new Error('x', { cause: error })]),
    ]) {
      expect(text).toContain(line.trim());
    }
    showStories('off');
    const other = await stories['socket hang up']!();
    expect(other).not.toHaveProperty('history');
    const frames = /\n +at .+/g;
    expect(inspect(error).replace(`\n${story}`, '').replace(frames, '')).toBe(inspect(other).replace(frames, ''));
  });

  it('has it in its stack if that is asked for', async () => {
    showStories('stack');
    const error = await stories['socket hang up']!();
    expect(error.stack).toMatch(/^Error: socket hang up\n(.|\n)+\n {4}GET http:\/\/api\/x\?… on c\d+\.2, reused/);
    expect(inspect(error).split('GET http://api/x').length).toBe(2);
    expect(Object.keys(error)).toEqual(['code']);
    error.stack = 'mine';
    expect(error.stack).toBe('mine');
    const sent = await stories['ERR_HTTP_HEADERS_SENT after end()']!();
    expect(sent.stack).toContain('the head left 41 ms before, by end()');
  });

  it('is the program’s if the program has made it', async () => {
    const { req } = await ask();
    const mine = new Error('mine');
    const error = errorOf(req);
    req.destroy(mine);
    expect(await error).toBe(mine);
    expect(mine).not.toHaveProperty('history');
    const frozen = Object.freeze(Object.assign(new Error('x'), { code: 'EPIPE' }));
    const { req: other, socket } = await ask();
    const failed = errorOf(other);
    socket.destroy(frozen);
    expect(await failed).toBe(frozen);
  });

  it.each([
    ['socket.destroy()', ({ socket }: Asked, mine: Error) => socket.destroy(mine)],
    ['the destroy() of its response', ({ req }: Asked, mine: Error) => req.res!.destroy(mine)],
  ])('is the program’s if it was given to %s of a request', async (_name, destroy) => {
    const asked = await ask();
    asked.peer.write(`${OK}he`);
    await settled();
    const mine = Object.assign(new Error('mine'), { code: 'MINE' });
    const keys = Reflect.ownKeys(mine);
    const failed = errorOf(asked.req);
    destroy(asked, mine);
    expect(await failed).toBe(mine);
    expect(Reflect.ownKeys(mine)).toEqual(keys);
  });

  it('is the program’s if it was given to destroy() at a server', async () => {
    for (const destroy of [
      (res: ServerResponse, mine: Error) => res.destroy(mine),
      (res: ServerResponse, mine: Error) => res.req.destroy(mine),
      (res: ServerResponse, mine: Error) => res.socket!.destroy(mine),
    ]) {
      const { server, responses } = await serve(POST, (_req, res) => res.on('error', () => {}));
      const seen: unknown[] = [];
      server.on('clientError', (error) => seen.push(error));
      const mine = new Error('mine');
      const keys = Reflect.ownKeys(mine);
      destroy(responses[0]!, mine);
      await settled();
      expect(seen).toEqual([mine]);
      expect(Reflect.ownKeys(mine)).toEqual(keys);
    }
  });

  it.each([['a text'], [7]])('may be no error: %j', async (thing) => {
    const { req, socket } = await ask();
    const failed = errorOf(req);
    socket.emit('error', thing as never);
    expect(await failed).toBe(thing);
    socket.destroy();
  });

  it('may throw whatever is read of it', async () => {
    class Odd extends Error {
      get code(): string {
        throw new Error('code');
      }
    }
    const { req, socket } = await ask();
    const failed = errorOf(req);
    const odd = new Odd('odd');
    socket.destroy(odd);
    expect(await failed).toBe(odd);
    await settled();
    expect(req.ending?.code).toBe('UW');
  });

  it.each(['inspect', 'stack'] as const)('has the story of the last exchange that it has ended (%s)', async (how) => {
    showStories(how);
    const shared = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
    for (const path of ['/1', '/2']) {
      const { req, socket } = await ask({ path });
      const failed = errorOf(req);
      socket.destroy(shared);
      expect(((await failed) as Told).history!.what).toBe(`GET http://api${path}`);
      expect(inspect(shared).match(/GET http:\S+/g)).toEqual([`GET http://api${path}`]);
    }
  });

  it('is printed once, wherever its causes lead', async () => {
    const [one, other] = [await stories['socket hang up']!(), await stories['socket hang up']!()];
    one.cause = other;
    other.cause = one;
    const lines = inspect(one, { depth: Infinity }).split('\n');
    expect(lines.filter((line) => line.includes('GET http://api/x')).length).toBe(2);
    expect(lines.filter((line) => line.includes('[Circular]')).length).toBe(1);
  });

  it('is but a name where Node prints no more', async () => {
    const error = await stories['socket hang up']!();
    expect(inspect({ error }, { depth: -1 })).toBe('[Object]');
    expect(inspect(error, { depth: -1 })).toBe('[Error]');
    expect(inspect({ a: { error } }, { depth: 1 })).toBe('{ a: { error: [Error] } }');
  });

  it('has its history as data, which does not change afterwards', async () => {
    const { req, peer } = await ask();
    const failed = errorOf(req);
    peer.end();
    const { history } = (await failed) as { history: ErrorHistory };
    const before = String(history);
    expect(history).toMatchObject({ id: expect.stringMatching(/^c\d+\.1$/), what: 'GET http://api/x', code: 'PW' });
    expect(history.changes.at(-1)).toMatchObject({ chart: 'request', event: 'net.ended', before: 0 });
    await settled();
    await clock.advance(1000);
    expect(String(history)).toBe(before);
    expect(inspect({ history })).toContain('ended PW');
    const { id, what, code, changes } = history;
    expect(JSON.parse(JSON.stringify(history))).toEqual(JSON.parse(JSON.stringify({ id, what, code, changes })));
  });

  // A stack that nobody has read keeps the objects of its calls: so do all errors of V8.
  it('keeps neither its request nor its socket alive', () => {
    const program = `
      const { once } = require('node:events');
      const net = require('node:net');
      const http = require(${JSON.stringify(new URL('../../dist/index.cjs', import.meta.url).pathname)});
      const kept = [];
      async function run(port) {
        const req = http.get({ port, host: '127.0.0.1', agent: false });
        const refs = [new WeakRef(req)];
        req.on('socket', (socket) => refs.push(new WeakRef(socket)));
        await new Promise((resolve) => req.on('error', (error) => { kept.push(error, error.stack); resolve(); }));
        return refs;
      }
      const server = net.createServer((socket) => socket.resume().once('data', () => socket.end()));
      server.listen(0, '127.0.0.1', async () => {
        const refs = await run(server.address().port);
        server.close();
        for (let i = 0; i < 10; i++) { await new Promise((r) => setTimeout(r, 10)); gc(); }
        console.log(kept.length / 2, refs.length, refs.filter((ref) => ref.deref() !== undefined).length, kept[0].history.code);
      });`;
    const out = execFileSync(process.execPath, ['--expose-gc', '-e', program], { encoding: 'utf8' });
    expect(out.trim()).toBe('1 2 0 PW');
  });
});

describe('STATEWIRE_STORIES', () => {
  const load = async (value: string) => {
    vi.resetModules();
    vi.stubEnv('STATEWIRE_STORIES', value);
    return (await import('../../src/api/process/story.js')).showStories('inspect');
  };

  it.each([
    ['stack', 'stack'],
    ['off', 'off'],
    ['', 'inspect'],
  ])('%j is %s', async (value, mode) => {
    expect(await load(value)).toBe(mode);
  });

  it('with another value is an error of the import, which names the three', async () => {
    await expect(load('stacks')).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining("one of: 'inspect', 'stack', 'off'. Received 'stacks'"),
    });
  });
});

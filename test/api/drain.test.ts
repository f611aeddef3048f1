/** `server.drain()` and `drainOn()`: docs/draining.md. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import https from '../../src/https.js';
import http, {
  type DrainResult,
  drainOn,
  type RequestListener,
  type Server,
  type ServerResponse,
} from '../../src/index.js';
import { settled, socketPair, virtualClock } from '../../src/testing/index.js';
import { get } from '../conversations/kit/phrases.js';
import { xorshift } from '../machines/kit/random.js';
import { cert, key } from '../register/kit/certificate.js';

const NOTHING: DrainResult = { answered: 0, refused: 0, cut: [] };

/** Servers that a failed test has left open. */
const open = new Set<Server>();

afterEach(() => {
  for (const server of open) server.close().closeAllConnections();
  open.clear();
});

async function listening(handler?: RequestListener, options = {}): Promise<Server> {
  const server = http.createServer(options, handler);
  open.add(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A client, and all that has come to it. */
class Client {
  readonly socket: Duplex;
  text = '';
  hasEnd = false;
  error: Error | undefined;
  /** Called when something has come. */
  notify = () => {};

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.text += chunk;
      this.notify();
    });
    socket.on('end', () => {
      this.hasEnd = true;
      this.notify();
    });
    socket.on('error', (error) => {
      this.error = error;
      this.notify();
    });
  }

  get statuses(): string[] {
    return [...this.text.matchAll(/^HTTP\/1.1 (\d+)/gm)].map(([, status]) => status as string);
  }

  /** Whether it was asked to send no more. */
  get isLast(): boolean {
    return this.hasEnd || /^Connection: close/im.test(this.text);
  }
}

/** A client in memory. */
function join(server: Server): Client {
  const [peer, socket] = socketPair();
  server.emit('connection', socket);
  return new Client(peer);
}

async function dial(server: Server, allowHalfOpen = false): Promise<Client> {
  const socket = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen });
  await once(socket, 'connect');
  return new Client(socket);
}

/** A server whose responses the test ends, on virtual time. */
async function stage() {
  const clock = virtualClock();
  const responses: ServerResponse[] = [];
  const server = await listening((_req, res) => responses.push(res));
  return { clock, server, responses, [Symbol.dispose]: () => clock.uninstall() };
}

describe('server.drain()', () => {
  it('sends what is due, says close, and resolves when all is closed', async () => {
    using staged = await stage();
    const { server, responses } = staged;
    const client = join(server);
    client.socket.write(get('/1'));
    await settled();
    const drained = server.drain();
    responses[0]?.end('hello');
    expect(await drained).toEqual({ ...NOTHING, answered: 1 });
    expect(client).toMatchObject({ statuses: ['200'], isLast: true, hasEnd: true, error: undefined });
    expect(server.listening).toBe(false);
  });

  it('resolves at once if there is nothing to wait for', async () => {
    const server = await listening();
    expect(await server.drain()).toEqual(NOTHING);
  });

  it('lets an idle connection ask once more', async () => {
    using staged = await stage();
    const { clock, server, responses } = staged;
    const client = join(server);
    client.socket.write(get('/1'));
    await settled();
    responses[0]?.end();
    await settled();
    const drained = server.drain({ idle: 500 });
    await clock.advance(499);
    client.socket.write(get('/2'));
    await settled();
    await clock.advance(1000);
    expect(client.hasEnd).toBe(false);
    responses[1]?.end();
    expect(await drained).toEqual({ ...NOTHING, answered: 1 });
    expect(client.statuses).toEqual(['200', '200']);
  });

  it.each(['used', 'fresh'])(
    'ends an idle connection that is %s after `idle`, and reads it until its FIN',
    async (which) => {
      using staged = await stage();
      const { clock, server, responses } = staged;
      const [peer, socket] = socketPair();
      peer.allowHalfOpen = true;
      server.emit('connection', socket);
      const client = new Client(peer);
      if (which === 'used') {
        peer.write(get('/1'));
        await settled();
        responses[0]?.end();
        await settled();
      }
      const drained = server.drain({ idle: 500 });
      await clock.advance(499);
      expect(client.hasEnd).toBe(false);
      await clock.advance(1);
      await settled();
      expect(client.hasEnd).toBe(true);
      peer.write(get('/2'));
      await settled();
      expect(socket.destroyed).toBe(false);
      peer.end();
      expect(await drained).toEqual(NOTHING);
      expect(client.error).toBeUndefined();
    },
  );

  it('keeps a response that has said keep-alive to its word, for `idle`', async () => {
    using staged = await stage();
    const { clock, server, responses } = staged;
    const client = join(server);
    client.socket.write(get('/1'));
    await settled();
    responses[0]?.flushHeaders();
    const drained = server.drain({ idle: 500 });
    await clock.advance(2000);
    responses[0]?.end();
    await clock.advance(499);
    expect(client.isLast).toBe(false);
    await clock.advance(1);
    expect(await drained).toEqual({ ...NOTHING, answered: 1 });
    expect(client.hasEnd).toBe(true);
  });

  it('takes new connections for `grace`', async () => {
    const server = await listening((_req, res) => res.end());
    let isOver = false;
    const drained = server.drain({ grace: 2000, deadline: 3000 }).finally(() => {
      isOver = true;
    });
    const client = await dial(server);
    client.socket.write(get('/1'));
    await once(client.socket, 'close');
    expect(client).toMatchObject({ statuses: ['200'], isLast: true, error: undefined });
    expect([server.listening, isOver]).toEqual([true, false]);
    server.close();
    expect(await drained).toEqual({ ...NOTHING, answered: 1 });
  });

  it('responds with 503 at the deadline where no response has begun, and cuts the others', async () => {
    using staged = await stage();
    const { clock, server, responses } = staged;
    const [waiting, halfAsked, uploading, halfAnswered, idle] = Array.from({ length: 5 }, () =>
      join(server),
    ) as Client[];
    const post = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab';
    waiting?.socket.write(get('/waiting?secret'));
    halfAsked?.socket.write(get('/half').slice(0, 20));
    uploading?.socket.write(post);
    halfAnswered?.socket.write(get('/begun?secret'));
    await settled();
    responses.find(({ req }) => req.url?.startsWith('/begun'))?.write('half');
    const drained = server.drain({ idle: 60_000 });
    await clock.advance(9999);
    const clients = [waiting, halfAsked, uploading, halfAnswered, idle];
    expect(clients.map((each) => each?.socket.destroyed)).toEqual([false, false, false, false, false]);
    await clock.advance(1);
    const { answered, refused, cut } = await drained;
    expect(clients.map((each) => each?.statuses.join())).toEqual(['503', '503', '503', '200', '']);
    expect([answered, refused, cut.length]).toEqual([0, 3, 1]);
    expect(String(cut[0])).toMatch(/^s\d+ GET \/begun\?…: its response had not ended after 10\.0 s$/);
  });

  it('cuts when the signal is aborted', async () => {
    using staged = await stage();
    const { server } = staged;
    const client = join(server);
    client.socket.write(get('/1'));
    await settled();
    const controller = new AbortController();
    const drained = server.drain({ grace: 5000, signal: controller.signal });
    await settled();
    expect(client.statuses).toEqual([]);
    controller.abort();
    expect(await drained).toEqual({ ...NOTHING, refused: 1 });
    expect(server.listening).toBe(false);
  });

  it('cuts at once if the signal was aborted before', async () => {
    using staged = await stage();
    const { server } = staged;
    const client = join(server);
    client.socket.write(get('/1'));
    await settled();
    expect(await server.drain({ signal: AbortSignal.abort() })).toEqual({ ...NOTHING, refused: 1 });
  });

  it('ends sockets that were handed over when they are idle, and lists them', async () => {
    using staged = await stage();
    const { clock, server } = staged;
    const upgraded: Duplex[] = [];
    server.on('upgrade', (_req, socket) => upgraded.push(socket.resume()));
    const [busy, quiet, polite] = ['/busy', '/quiet', '/polite'].map((path) => {
      const client = join(server);
      client.socket.write(get(path, 'Connection: Upgrade', 'Upgrade: thing'));
      return client;
    }) as [Client, Client, Client];
    await settled();
    const drained = server.drain({ idle: 1000, deadline: 2500 });
    polite.socket.end();
    upgraded[2]?.end();
    busy.socket.write('ping');
    await clock.advance(1000);
    expect([busy.hasEnd, quiet.hasEnd]).toEqual([false, true]);
    busy.socket.write('ping');
    await clock.advance(1500);
    const { cut } = await drained;
    expect(cut.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      'GET /quiet: its socket was open, and idle',
      'GET /busy: its socket was open',
    ]);
  });

  it('ends thirty slow clients by its deadline', async () => {
    using staged = await stage();
    const { clock, server } = staged;
    const clients = Array.from({ length: 30 }, () => join(server));
    const head = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100)}`;
    const drained = server.drain({ deadline: 3000 });
    for (let at = 0; at < 31; at++) {
      for (const client of clients) client.socket.write(head.slice(at, at + 1));
      await clock.advance(at === 30 ? 0 : 100);
    }
    expect(await drained).toEqual({ ...NOTHING, refused: 30 });
    expect(clients.every(({ statuses }) => statuses.join() === '503')).toBe(true);
  });

  it('works over TLS', async () => {
    const server = https.createServer({ key, cert }, (_req, res) => res.write('begun'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const dialTls = async () => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      return new Client(socket);
    };
    const [asking, idle, late] = [await dialTls(), await dialTls(), await dialTls()];
    late.socket.write(get('/late').slice(0, 20));
    asking.socket.write(get('/1'));
    await once(asking.socket, 'data');
    const { refused, cut } = await server.drain({ idle: 10, deadline: 500 });
    expect([refused, cut.length]).toEqual([1, 1]);
    await Promise.all([asking, idle, late].map(({ socket }) => socket.closed || once(socket, 'close')));
    expect([asking.statuses, idle.statuses, late.statuses]).toEqual([['200'], [], ['503']]);
  });

  it('goes on when the program closes the server', async () => {
    using staged = await stage();
    const { server, responses } = staged;
    const client = join(server);
    client.socket.write(get('/1'));
    await settled();
    const drained = server.drain({ grace: 5000 });
    server.close();
    responses[0]?.end();
    expect(await drained).toEqual({ ...NOTHING, answered: 1 });
  });

  it('refuses options that cannot be, and a server that does not listen or drains already', async () => {
    const server = await listening();
    const refusal = (options: object) => server.drain(options).catch(({ code }) => code);
    expect(await refusal({ idle: '1' })).toBe('ERR_INVALID_ARG_TYPE');
    expect(await refusal({ signal: {} })).toBe('ERR_INVALID_ARG_TYPE');
    expect(await refusal({ idle: -1 })).toBe('ERR_OUT_OF_RANGE');
    expect(await refusal({ grace: 2, deadline: 1 })).toBe('ERR_OUT_OF_RANGE');
    expect(await refusal({ gracious: 1 })).toBe('ERR_INVALID_ARG_VALUE');
    const drained = server.drain({ grace: 1000 });
    expect(await refusal({})).toBe('ERR_INVALID_STATE');
    server.close();
    await drained;
    expect(await refusal({})).toBe('ERR_SERVER_NOT_RUNNING');
    expect(
      await http
        .createServer()
        .drain()
        .catch(({ code }) => code),
    ).toBe('ERR_SERVER_NOT_RUNNING');
  });
});

describe('drainOn()', () => {
  const kill = () => process.emit('SIGUSR2', 'SIGUSR2');

  it('calls the hook, then drains; a second signal cuts', async () => {
    const server = await listening((_req, res) => res.write('begun'));
    const calls: string[] = [];
    const before = async () => {
      calls.push(`before, ${server.listening}`);
    };
    const drained = drainOn('SIGUSR2', server, { before, grace: 9000 });
    const client = await dial(server);
    client.socket.write(get('/1'));
    await once(client.socket, 'data');
    kill();
    expect(calls).toEqual(['before, true']);
    kill();
    expect((await drained).cut).toHaveLength(1);
    expect(process.listenerCount('SIGUSR2')).toBe(0);
  });

  it('drains although the hook throws', async () => {
    const server = await listening();
    const drained = drainOn('SIGUSR2', server, {
      before: () => {
        throw new Error('unready');
      },
    });
    kill();
    await expect(drained).rejects.toThrow('unready');
    expect(server.listening).toBe(false);
  });

  it('does not wait for the hook after a second signal', async () => {
    const server = await listening();
    const drained = drainOn('SIGUSR2', server, { before: () => new Promise(() => {}) });
    kill();
    kill();
    expect(await drained).toEqual(NOTHING);
  });

  it('is over when something else, as `before`, closes the server', async () => {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const before = () => new Promise((resolve) => server.close(resolve));
    const drained = drainOn('SIGUSR2', server, { before });
    process.emit('SIGUSR2');
    expect(await drained).toEqual({ answered: 0, refused: 0, cut: [] });
    const never = drainOn('SIGUSR2', http.createServer());
    process.emit('SIGUSR2');
    await expect(never).rejects.toMatchObject({ code: 'ERR_SERVER_NOT_RUNNING' });
  });

  it('ends when the server closes otherwise', async () => {
    const server = await listening();
    const drained = drainOn('SIGUSR2', server);
    server.close();
    expect(await drained).toEqual(NOTHING);
    expect(process.listenerCount('SIGUSR2')).toBe(0);
  });

  it('refuses what cannot be', async () => {
    const server = http.createServer();
    const refusal = (...args: unknown[]) =>
      (drainOn as (...args: unknown[]) => Promise<unknown>)(...args).catch(({ code }) => code);
    expect(await refusal('SIGNONE', server)).toBe('ERR_INVALID_ARG_VALUE');
    expect(await refusal('SIGUSR2', createNetServer())).toBe('ERR_INVALID_ARG_TYPE');
    await expect(drainOn('SIGUSR2', createNetServer())).rejects.toThrow(
      /must be a Server of statewire: use its createServer/,
    );
    expect(await refusal('SIGUSR2', server, { before: 1 })).toBe('ERR_INVALID_ARG_TYPE');
    expect(await refusal('SIGUSR2', server, { idle: -1 })).toBe('ERR_OUT_OF_RANGE');
    const drained = refusal('SIGUSR2', server);
    kill();
    expect(await drained).toBe('ERR_SERVER_NOT_RUNNING');
  });
});

/**
 * Whoever has written before our FIN is answered: unless an earlier response has said close, or the deadline has passed. Every
 * order of a few acts, on real hosts and sockets in memory.
 */
describe('every interleaving', () => {
  const IDLE = 100;
  const DEADLINE = 1000;
  type Act = 'ask' | 'half' | 'rest' | 'flush' | 'answer' | 'drain' | 'idle' | 'deadline';
  const ACTS: readonly Act[] = ['ask', 'half', 'rest', 'flush', 'answer', 'drain', 'idle', 'deadline'];
  const LENGTH = 6;

  /** Whether an act is possible after others. A request is asked for twice at most, and what has no effect is left out. */
  function may(act: Act, before: readonly Act[]): boolean {
    const count = (name: Act) => before.filter((each) => each === name).length;
    const asked = count('ask') + count('rest');
    switch (act) {
      case 'ask':
      case 'half':
        return count('ask') + count('half') < 2 && count('half') === count('rest');
      case 'rest':
        return count('half') > count('rest');
      case 'answer':
        return count('answer') < asked;
      case 'flush':
        return count('answer') < asked && before.at(-1) !== 'flush';
      case 'drain':
        return count('drain') === 0;
      case 'idle':
        return count('drain') > 0 && before.at(-1) !== 'idle' && count('deadline') === 0;
      case 'deadline':
        return count('drain') > 0 && count('deadline') === 0;
    }
  }

  function* sequences(before: readonly Act[] = []): Generator<readonly Act[]> {
    if (before.includes('drain') && before.length > 1) yield before;
    if (before.length === LENGTH || before.includes('deadline')) return;
    for (const act of ACTS) if (may(act, before)) yield* sequences([...before, act]);
  }

  interface Asked {
    isOwed: boolean;
    isComplete: boolean;
  }

  async function play(acts: readonly Act[]): Promise<void> {
    using staged = await stage();
    const { clock, server, responses } = staged;
    const client = join(server);
    const asked: Asked[] = [];
    let answered = 0;
    let drained: Promise<DrainResult> | undefined;
    let finished = 0;
    const write = (text: string, isNew: boolean) => {
      // As for `close()`: nothing is answered behind a request that is to be the last.
      const isBehind = drained !== undefined && answered < asked.filter(({ isComplete }) => isComplete).length;
      if (isNew) asked.push({ isOwed: !client.isLast && !isBehind, isComplete: false });
      client.socket.write(text);
    };
    for (const act of acts) {
      const request = get(`/${asked.length}`);
      if (act === 'ask') write(request, true);
      else if (act === 'half') write(get('/').slice(0, 20), true);
      else if (act === 'rest') write(get('/').slice(20), false);
      else if (act === 'flush') responses[answered]?.flushHeaders();
      else if (act === 'answer') responses[answered++]?.end();
      else if (act === 'drain') drained = server.drain({ idle: IDLE, deadline: DEADLINE });
      else await clock.advance(act === 'idle' ? IDLE : DEADLINE);
      const last = asked.at(-1);
      if (last !== undefined && (act === 'ask' || act === 'rest')) last.isComplete = true;
      await settled();
      if (act === 'answer' && drained !== undefined && responses[answered - 1]?.writableFinished) finished++;
    }
    while (answered < responses.length) {
      responses[answered++]?.end();
      await settled();
      if (responses[answered - 1]?.writableFinished) finished++;
    }
    await clock.advance(DEADLINE);
    const result = await drained;
    expect(client.error).toBeUndefined();
    expect(server.listening).toBe(false);
    // A response that has said close, or a 503, is the last of what was owed.
    const owed = asked.filter(({ isOwed, isComplete }) => isOwed && isComplete).length;
    const isTurnedAway = client.statuses.includes('503');
    expect(client.statuses.filter((status) => status === '200').length).toBeGreaterThanOrEqual(
      isTurnedAway || result?.cut.length ? 0 : owed,
    );
    expect(result).toMatchObject({ answered: finished, refused: isTurnedAway ? 1 : 0 });
    // Only a deadline turns away or cuts.
    if (!acts.includes('deadline'))
      expect([isTurnedAway && asked.every((each) => each.isComplete), result?.cut]).toEqual([false, []]);
  }

  it('answers whoever has written before our FIN', async () => {
    let count = 0;
    for (const acts of sequences()) {
      count++;
      await play(acts).catch((error) => {
        error.message = `${acts.join(' → ')}: ${error.message}`;
        throw error;
      });
    }
    expect(count).toBeGreaterThan(1000);
  }, 300_000);
});

/** Each has one request at a time. One in ten connects only while the server drains: the system lets 511 wait. */
describe('a thousand clients that write at random instants', () => {
  const CLIENTS = 1000;
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

  it('are all answered if they have written before our FIN, and none is reset', async () => {
    const random = xorshift();
    const within = (ms: number) => random() % ms;
    const sockets = new Map<number | undefined, Socket>();
    const server = await listening((_req, res) => {
      const delay = within(30);
      if (delay < 10) res.end();
      else setTimeout(() => res.end(), delay);
    });
    server.on('connection', (socket) => {
      const { remotePort: port } = socket;
      sockets.set(port, socket);
      // Another client may get the port of one that is gone.
      socket.once('close', () => sockets.get(port) === socket && sockets.delete(port));
    });
    const asked = { inTime: 0, late: 0, answered: 0 };

    async function run(client: Client): Promise<Client> {
      const socket = client.socket as Socket;
      const { localPort } = socket;
      for (;;) {
        await wait(within(300));
        if (client.isLast || client.error) break;
        const { length } = client.statuses;
        const isLate = sockets.get(localPort)?.writableEnded === true;
        socket.write(get('/'));
        await new Promise<void>((resolve) => {
          client.notify = () => {
            if (client.statuses.length > length || client.hasEnd || client.error) resolve();
          };
        });
        asked[isLate ? 'late' : 'inTime']++;
        asked.answered += client.statuses.length - length;
      }
      if (!socket.closed) await once(socket, 'close');
      return client;
    }
    const first: Client[] = [];
    while (first.length < CLIENTS * 0.9) {
      first.push(...(await Promise.all(Array.from({ length: 100 }, () => dial(server)))));
    }
    const early = first.map(run);
    const late = Array.from({ length: CLIENTS * 0.1 }, async () => {
      await wait(within(100));
      return server.listening ? await run(await dial(server)) : undefined;
    });
    const { refused, cut } = await server.drain({ grace: 50, idle: 60, deadline: 30_000 });
    const clients = await Promise.all([...early, ...late]);
    expect(clients.map((client) => client?.error).filter((error) => error !== undefined)).toEqual([]);
    expect([asked.answered, refused, cut]).toEqual([asked.inTime, 0, []]);
    // How many are in time depends on how fast the machine is.
    expect(asked.inTime).toBeGreaterThan(CLIENTS / 10);
  }, 300_000);
});

/** Agents for TLS: the same programs with node:https and with statewire/https. */
import { type EventEmitter, once } from 'node:events';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { bodyOf, ca, type Https, httpOf, https, type Serving, serve, twice } from './kit.js';

/** Responds with the number of the connection, and whether its session was resumed. */
async function counting(options: tls.TlsOptions = {}): Promise<Serving & { readonly handshakes: () => number }> {
  const numbers = new Map<Socket, number>();
  const serving = await serve(options, ({ socket }, res) => {
    res.end(`${numbers.get(socket)} ${(socket as TLSSocket).isSessionReused() ? 'resumed' : 'new'}`);
  });
  let handshakes = 0;
  serving.server.on('secureConnection', (socket) => {
    numbers.set(socket, numbers.size + 1);
    if (!socket.isSessionReused()) handshakes++;
  });
  return { ...serving, handshakes: () => handshakes };
}

/** The bodies of requests that are made one after the other, each when the socket of the one before is idle or closed. */
async function inTurn(face: Https, port: number, agent: InstanceType<Https['Agent']>, all: readonly RequestOptions[]) {
  const bodies: string[] = [];
  for (const options of all) {
    const request = face.get({ port, host: 'localhost', family: 4, agent, ...options });
    const saved = saving(request);
    bodies.push(await bodyOf(request).catch(({ code, message }) => code ?? message));
    await saved;
  }
  return bodies;
}

/** The request is over, and the session of a new connection has come, or that is closed. */
async function saving(request: ReturnType<Https['get']>): Promise<void> {
  let saved = Promise.resolve();
  request.once('socket', (socket) => {
    if (!request.reusedSocket) saved = either(socket, ['session', 'close']);
  });
  request.on('error', () => {});
  await either(request, ['close']);
  await saved;
}

/** Unlike `once`, indifferent to 'error'. */
function either(emitter: EventEmitter, events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    for (const event of events) emitter.once(event, () => resolve());
  });
}

describe('an HTTPS agent', () => {
  twice('is an http.Agent, with new and without', (face) =>
    [new face.Agent(), (face.Agent as unknown as () => object)(), face.globalAgent].map((made) => [
      made instanceof face.Agent,
      made instanceof httpOf(face).Agent,
      (made as { defaultPort?: number }).defaultPort,
      (made as { protocol?: string }).protocol,
    ]),
  );

  twice('sets up an object that inherits from it', (face) => {
    const Mine = function (this: object): void {
      (face.Agent as unknown as (this: object, options: AgentOptions) => void).call(this, { maxSockets: 3 });
    };
    Object.setPrototypeOf(Mine.prototype, face.Agent.prototype);
    const mine = Reflect.construct(Mine, []) as InstanceType<Https['Agent']> & { maxCachedSessions: number };
    return [mine.maxSockets, mine.maxCachedSessions, mine.getName({ host: 'a' })];
  });

  it('takes a default port and a protocol, as since Node 22', () => {
    const agent = new https.statewire.Agent({ defaultPort: 8443, protocol: 'wss:' } as AgentOptions);
    expect(agent).toMatchObject({ defaultPort: 8443, protocol: 'wss:' });
  });

  twice('keeps maxCachedSessions sessions, 100 by default', (face) =>
    [undefined, null, {}, { maxCachedSessions: 7 }, { maxCachedSessions: 0 }].map(
      (options) => Reflect.get(new face.Agent(options as AgentOptions), 'maxCachedSessions') as number,
    ),
  );

  twice('has the methods of a session cache, which packages borrow', (face) => {
    const { _cacheSession, _getSession, _evictSession } = face.Agent.prototype as unknown as Record<
      string,
      (this: object, name: string, session?: Buffer) => Buffer | undefined
    >;
    const log: unknown[] = [];
    for (const maxCachedSessions of [2, 0]) {
      const keeper = { maxCachedSessions, _sessionCache: { map: {}, list: [] as string[] } };
      for (const name of ['a', 'b', 'a', 'c', 'd']) _cacheSession!.call(keeper, name, Buffer.from(name));
      _evictSession!.call(keeper, 'c');
      _evictSession!.call(keeper, 'nobody');
      log.push([...keeper._sessionCache.list], `${_getSession!.call(keeper, 'd')}`, _getSession!.call(keeper, 'a'));
    }
    return log;
  });
});

/** The name, or the error of a value that has no text. */
function nameOf(agent: InstanceType<Https['Agent']>, options: object): string {
  try {
    return agent.getName(options);
  } catch (error) {
    return (error as Error).message;
  }
}

describe('getName', () => {
  const words = fc.constantFrom('x', 'localhost', '', 'a:b');
  const odd = fc.constantFrom<unknown>(undefined, null, 0, 1, false, true, 7, Buffer.from('bytes'), ['a', 'b'], {
    a: 1,
  });
  const value = fc.oneof(words, odd);
  const fields = [
    ...['host', 'port', 'localAddress', 'family', 'socketPath'],
    ...['ca', 'cert', 'clientCertEngine', 'ciphers', 'key', 'pfx', 'rejectUnauthorized', 'servername', 'minVersion'],
    ...['maxVersion', 'secureProtocol', 'crl', 'honorCipherOrder', 'ecdhCurve', 'dhparam', 'secureOptions'],
    ...['sessionIdContext', 'sigalgs', 'privateKeyIdentifier', 'privateKeyEngine'],
    ...['passphrase', 'session', 'checkServerIdentity', 'ALPNProtocols', 'timeout', 'path'],
  ];
  const bundle = fc.oneof(value, fc.record({ buf: value, passphrase: value }, { requiredKeys: [] }));
  const pfx = fc.oneof(value, fc.array(bundle, { maxLength: 3 }));
  const options = fc.record(Object.fromEntries(fields.map((name) => [name, name === 'pfx' ? pfx : value])), {
    requiredKeys: [],
  });

  it('returns what that of the host returns, for any options', () => {
    const [theirs, ours] = [https.host, https.statewire].map((face) => new face.Agent());
    fc.assert(
      fc.property(options, (given) => {
        // Before 22, Node has no names for lists of bundles.
        fc.pre(HOST >= 22 || !Array.isArray(given['pfx']));
        expect(nameOf(ours!, given)).toBe(nameOf(theirs!, given));
      }),
      { numRuns: 2000 },
    );
  });

  it('distinguishes bundles, and their passphrases', () => {
    const { prototype } = https.statewire.Agent;
    const names = [
      [{ buf: 'a', passphrase: 'p' }],
      [{ buf: 'b', passphrase: 'p' }],
      [{ buf: 'a', passphrase: 'q' }],
      [{ buf: 'a' }],
      ['a', 'b'],
    ].map((pfx) => prototype.getName({ pfx } as RequestOptions).replace(/:+$/, ''));
    const expected = ['a:p', 'b:p', 'a:q', 'a:undefined', 'a:undefined:b:undefined'];
    expect(names).toEqual(expected.map((text) => `localhost:::::::::${text}`));
  });
});

describe('sessions', () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    twice(`are resumed by later connections, with ${maxVersion}`, async (face) => {
      const serving = await counting({ maxVersion });
      const agent = new face.Agent({ ca });
      const log: unknown[] = await inTurn(face, serving.port, agent, [{}, {}, {}, { servername: 'a.test' }, {}]);
      log.push(serving.handshakes());
      await serving.close();
      return log;
    });
  }

  twice('are limited to maxCachedSessions, the latest', async (face) => {
    const serving = await counting();
    const names = ['a.test', 'localhost', 'a.test', 'localhost'].map((servername) => ({ servername }));
    const log: unknown[] = [];
    for (const maxCachedSessions of [0, 1, 2]) {
      log.push(
        await inTurn(face, serving.port, new face.Agent({ ca, maxCachedSessions }), names),
        serving.handshakes(),
      );
    }
    await serving.close();
    return log;
  });

  twice('are those of the request, if it has one', async (face) => {
    const serving = await counting();
    const agent = new face.Agent({ ca });
    const all = [{}, { session: undefined }, { session: Buffer.from('invalid') }, {}] as RequestOptions[];
    const log = await inTurn(face, serving.port, agent, all);
    await serving.close();
    return log;
  });

  twice('are forgotten after an error', async (face) => {
    const serving = await counting();
    const agent = new face.Agent({ ca });
    await inTurn(face, serving.port, agent, [{}]);
    const { list } = (agent as unknown as { _sessionCache: { list: string[] } })._sessionCache;
    const before = list.length;
    const request = face.get({ port: serving.port, host: 'localhost', family: 4, agent });
    request.on('error', () => {});
    const [socket] = (await once(request, 'socket')) as [Socket];
    socket.destroy(new Error('spoiled'));
    await either(socket, ['close']);
    const after = list.length;
    await serving.close();
    return [before, after];
  });

  twice('are not used by connections that no agent has asked for', async (face) => {
    const serving = await counting();
    const agent = new face.Agent({ ca });
    await inTurn(face, serving.port, agent, [{}]);
    const open = agent.createConnection.bind(agent) as unknown as (...args: unknown[]) => TLSSocket;
    const log: unknown[] = [];
    for (const args of [
      [{ port: serving.port, host: '127.0.0.1', ca }],
      [serving.port, '127.0.0.1', { ca, servername: 'a.test' }],
      [serving.port, { host: '127.0.0.1', ca }],
      [serving.port, null, { host: '127.0.0.1', ca }],
    ]) {
      const socket = open(...args);
      await once(socket, 'secureConnect');
      log.push(socket.isSessionReused(), socket.servername);
      socket.destroy();
    }
    await serving.close();
    return log;
  });
});

/** What Node has since 22 is compared with it there. */
const since22 = Object.entries(https).filter(([name]) => name === 'statewire' || HOST >= 22);

describe.each(since22)('a check of the identity that the request brings: %s', (name, face) => {
  /** Node opens such a connection beyond `maxSockets`. */
  const within = it.runIf(name === 'statewire');

  const asked: string[] = [];
  const check = (host: string) => {
    asked.push(host);
    return undefined;
  };
  const own = { checkServerIdentity: check };

  async function play(agentOptions: AgentOptions, all: readonly RequestOptions[]) {
    const serving = await counting();
    asked.splice(0);
    const agent = new face.Agent({ ca, ...agentOptions });
    const bodies = await inTurn(face, serving.port, agent, all);
    agent.destroy();
    await serving.close();
    return [...bodies, asked.length];
  }

  it('is made for each request, which shares its connection with none', async () => {
    const all = [{}, own, {}, own, {}];
    expect(await play({ keepAlive: true }, all)).toEqual(['1 new', '2 new', '1 new', '3 new', '1 new', 2]);
  });

  it('does not share its session', async () => {
    expect(await play({}, [own, {}, own, {}])).toEqual(['1 new', '2 new', '3 new', '4 resumed', 2]);
  });

  it('may be that of the agent, or of tls', async () => {
    expect(await play({ keepAlive: true, ...own }, [{}, own, {}])).toEqual(['1 new', '1 new', '1 new', 1]);
    const standard = { checkServerIdentity: tls.checkServerIdentity };
    expect(await play({ keepAlive: true }, [standard, {}])).toEqual(['1 new', '1 new', 0]);
  });

  within('takes the room of an idle connection, and leaves it', async () => {
    const options = { keepAlive: true, maxSockets: 1 };
    expect(await play(options, [{}, own, {}])).toEqual(['1 new', '2 new', '3 resumed', 1]);
  });

  within('is made for a request that has waited', async () => {
    const serving = await counting();
    asked.splice(0);
    const agent = new face.Agent({ ca, keepAlive: true, maxSockets: 1 });
    const bodies = [own, {}, own, {}, {}].map((options) =>
      bodyOf(face.get({ port: serving.port, host: 'localhost', family: 4, agent, ...options })),
    );
    const numbers = (await Promise.all(bodies)).map((body) => body.split(' ')[0]);
    agent.destroy();
    await serving.close();
    expect([numbers, asked.length]).toEqual([['1', '2', '3', '4', '4'], 2]);
  });

  it('rejects the server', async () => {
    const refusal = { checkServerIdentity: () => new Error('not this one') };
    expect(await play({ keepAlive: true }, [{}, refusal, {}])).toEqual(['1 new', 'not this one', '1 new', 0]);
  });
});

describe('keylog', () => {
  twice('is emitted on an agent with a listener', async (face) => {
    const serving = await counting();
    const agent = new face.Agent({ ca });
    const lines: string[] = [];
    agent.on('keylog', (line: Buffer, socket: unknown) =>
      lines.push(`${line}`.split(' ')[0]!, `${socket instanceof tls.TLSSocket}`),
    );
    await inTurn(face, serving.port, agent, [{}]);
    await serving.close();
    return lines;
  });
});

describe('destroy', () => {
  twice('closes idle sockets and those in use', async (face) => {
    const serving = await serve({}, (req, res) => {
      if (req.url === '/a') res.end();
    });
    const agent = new face.Agent({ ca, keepAlive: true });
    const idle = face.get({ port: serving.port, host: 'localhost', family: 4, agent, path: '/a' });
    const busy = face.get({ port: serving.port, host: 'localhost', family: 4, agent, path: '/b' });
    busy.on('error', () => {});
    await Promise.all([bodyOf(idle), once(agent, 'free'), once(serving.server, 'request')]);
    const failed = once(busy, 'error');
    const sockets = [agent.freeSockets, agent.sockets].flatMap((table) => Object.values(table).flat()) as Socket[];
    agent.destroy();
    const [error] = await failed;
    await serving.close();
    return [sockets.length, sockets.every(({ destroyed }) => destroyed), error.code];
  });
});

describe('limits', () => {
  twice('queue requests', async (face) => {
    const serving = await counting();
    const agent = new face.Agent({ ca, maxSockets: 1, keepAlive: true });
    const bodies = [1, 2, 3].map(() => bodyOf(face.get({ port: serving.port, host: 'localhost', family: 4, agent })));
    const log = await Promise.all(bodies);
    agent.destroy();
    await serving.close();
    return log;
  });
});

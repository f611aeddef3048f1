/** A socket that fails before its request uses it: the request emits the error, which never reaches the process. */
import { EventEmitter, once } from 'node:events';
import { createConnection, type Socket, Socket as TcpSocket } from 'node:net';
import { Duplex, type Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Agent, type ClientRequest, get } from '../../src/index.js';
import { settle } from '../conversations/kit/wires.js';

type ConnectionCallback = (error: Error | null, socket?: Duplex) => void;
type Maker = (options: unknown, given: ConnectionCallback) => Duplex | undefined;

const why = new Error('why');

const silentDuplex = (options: object = {}): Duplex =>
  new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(), ...options });

const dead = <S extends Duplex>(socket: S): S => socket.destroy(why);

const makers: Readonly<Record<string, Maker>> = {
  'a destroyed socket': () => dead(new TcpSocket()),
  'a destroyed Duplex': () => dead(silentDuplex()),
  'a destroyed Duplex that emits no close': () => dead(silentDuplex({ emitClose: false })),
  'a socket destroyed in the next tick': () => {
    const socket = new TcpSocket();
    process.nextTick(() => dead(socket));
    return socket;
  },
  'a socket destroyed in a microtask': () => {
    const socket = new TcpSocket();
    void Promise.resolve().then(() => dead(socket));
    return socket;
  },
  'a socket that emits an error and is not destroyed': () => {
    const socket = new TcpSocket();
    process.nextTick(() => socket.emit('error', why));
    return socket;
  },
  'a Duplex that emits an error and is not destroyed': () => {
    const socket = silentDuplex({ autoDestroy: false });
    process.nextTick(() => socket.emit('error', why));
    return socket;
  },
  'a destroyed socket passed to the callback': (_options, given) => {
    given(null, dead(new TcpSocket()));
    return undefined;
  },
  'a socket passed to the callback that failed long ago': (_options, given) => {
    const socket = dead(new TcpSocket().on('error', () => {}));
    setImmediate(given, null, socket);
    return undefined;
  },
  'a socket passed late to the callback and destroyed then': (_options, given) => {
    const socket = new TcpSocket();
    setImmediate(() => {
      given(null, socket);
      dead(socket);
    });
    return undefined;
  },
};

const WAYS = {
  'without an agent': (createConnection: Maker) => ({ createConnection }),
  'with an agent': (createConnection: Maker) => ({ agent: Object.assign(new Agent(), { createConnection }) }),
  'with a keep-alive agent': (createConnection: Maker) => ({
    agent: Object.assign(new Agent({ keepAlive: true }), { createConnection }),
  }),
} as unknown as Readonly<Record<string, (maker: Maker) => object>>;

function logOf(request: ClientRequest): string[] {
  const log: string[] = [];
  for (const event of ['socket', 'abort', 'error', 'close']) {
    request.on(event, (...[subject]: unknown[]) => {
      log.push(subject instanceof Error ? `${event} ${subject.message}` : event);
    });
  }
  return log;
}

describe('a socket that fails before its request uses it', () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  beforeEach(() => {
    uncaught.length = 0;
    process.on('uncaughtException', note);
  });
  afterEach(() => {
    process.off('uncaughtException', note);
  });

  for (const [way, optionsOf] of Object.entries(WAYS)) {
    for (const [name, maker] of Object.entries(makers)) {
      it(`${name}, ${way}`, async () => {
        const log = logOf(get(optionsOf(maker)));
        await settle();
        expect(log).toEqual(['socket', 'error why', 'close']);
        expect(uncaught).toEqual([]);
      });

      it(`${name}, ${way}: destroy(error) emits that error`, async () => {
        const log = logOf(get(optionsOf(maker)).destroy(new Error('mine')));
        await settle();
        expect(log).toEqual(['error mine', 'close']);
        expect(uncaught).toEqual([]);
      });

      it(`${name}, ${way}: abort() emits abort, and nothing twice`, async () => {
        const request = get(optionsOf(maker));
        const log = logOf(request);
        request.abort();
        await settle();
        expect([log[0], log.at(-1)]).toEqual(['abort', 'close']);
        expect(log.slice(1, -1).filter((event) => event !== 'error why')).toEqual([]);
        expect(log.length).toBeLessThan(4);
        expect(uncaught).toEqual([]);
      });
    }
  }

  const THINGS: Readonly<Record<string, unknown>> = {
    'a string': 'x',
    'a number': 5,
    true: true,
    'an object': {},
    'an array': [],
    'a function': () => {},
    'a symbol': Symbol('x'),
    'an object with on() but no removeListener()': { on() {} },
  };
  const WAYS_TO_RETURN: Readonly<Record<string, (thing: unknown) => Maker>> = {
    returned: (thing) => () => thing as Duplex,
    'passed to the callback': (thing) => (_options, given) => void given(null, thing as Duplex),
    'passed late to the callback': (thing) => (_options, given) => void setImmediate(given, null, thing as Duplex),
  };

  for (const [way, optionsOf] of Object.entries(WAYS)) {
    for (const [how, makerOf] of Object.entries(WAYS_TO_RETURN)) {
      for (const [name, thing] of Object.entries(THINGS)) {
        it(`${name}, ${how}, ${way}: is rejected`, async () => {
          const options = optionsOf(makerOf(thing)) as { agent?: Agent };
          const request = get(options);
          const faults: Error[] = [];
          request.on('error', (error) => faults.push(error));
          const log = logOf(request);
          await settle();
          expect(log.map((line) => line.split(' ')[0])).toEqual(['error', 'close']);
          expect(faults).toMatchObject([{ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }]);
          expect(faults[0]?.message).toMatch(/^The "stream" argument must be an instance of Duplex\. Received /);
          expect([options.agent?.totalSocketCount ?? 0, options.agent?.sockets ?? {}]).toEqual([0, {}]);
          expect(uncaught).toEqual([]);
        });
      }
    }

    it(`nothing passed to the callback, ${way}`, async () => {
      const log = logOf(get(optionsOf((_options, given) => void setImmediate(given, null))));
      await settle();
      expect(log).toEqual(['error socket hang up', 'close']);
      expect(uncaught).toEqual([]);
    });
  }

  it('an invalid socket for a queued request: the next request gets its turn', async () => {
    const results: unknown[] = [silentDuplex(), 'x', silentDuplex()];
    const agent = Object.assign(new Agent({ maxSockets: 1 }), { createConnection: () => results.shift() });
    const first = get({ agent });
    const log = logOf(first);
    const queued = [get({ agent }), get({ agent })].map(logOf);
    await settle();
    first.destroy();
    await settle();
    expect([log, ...queued.map((lines) => lines.map((line) => line.split(' ')[0]))]).toEqual([
      ['socket', 'error socket hang up', 'close'],
      ['error', 'close'],
      ['socket'],
    ]);
    expect(uncaught).toEqual([]);
  });

  it('an invalid socket from an overridden createSocket() or addRequest()', async () => {
    const given = {
      createSocket: (_request: unknown, _options: unknown, done: ConnectionCallback) => done(null, 'x' as never),
    };
    const taken = { addRequest: (request: ClientRequest) => request.onSocket('x' as never) };
    for (const methods of [given, taken]) {
      const log = logOf(get({ agent: Object.assign(new Agent(), methods) }));
      await settle();
      expect(log.map((line) => line.split(' ')[0])).toEqual(['error', 'close']);
    }
    expect(uncaught).toEqual([]);
  });

  it('an object that resembles a Duplex can carry an exchange', async () => {
    const end = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
    class Resembling extends EventEmitter {
      writable = true;
      sent = '';
      cork(): void {}
      uncork(): void {}
      pause(): void {}
      resume(): void {}
      end(): void {}
      destroy(): void {}
      write(text: string, _encoding: string, done?: () => void): boolean {
        this.sent += text;
        if (done) setImmediate(done);
        if (this.sent.endsWith('\r\n\r\n')) setImmediate(() => this.emit('data', Buffer.from(end)));
        return true;
      }
    }
    for (const optionsOf of Object.values(WAYS)) {
      const request = get(optionsOf(() => new Resembling() as never));
      const [response] = (await once(request, 'response')) as [Readable];
      expect(Buffer.concat(await response.toArray()).toString()).toBe('hi');
    }
    expect(uncaught).toEqual([]);
  });

  it('a connected socket that emits an error fails its request and is closed', async () => {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    let socket: Socket | undefined;
    const request = get({
      createConnection: () => {
        socket = createConnection(port, '127.0.0.1');
        return socket;
      },
    });
    const log = logOf(request);
    await once(request, 'finish');
    socket?.emit('error', why);
    await settle();
    expect(log).toEqual(['socket', 'error why', 'close']);
    expect(socket?.destroyed).toBe(true);
    server.close();
  });
});

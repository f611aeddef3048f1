/** A socket that fails before its request takes it: the request emits the 'error', never the process. */
import { once } from 'node:events';
import { createConnection, type Socket, Socket as TcpSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Agent, type ClientRequest, get } from '../../src/index.js';
import { settle } from '../conversations/kit/wires.js';

type Given = (error: Error | null, socket?: Duplex) => void;
type Maker = (options: unknown, given: Given) => Duplex | undefined;

const why = new Error('why');

const mute = (options: object = {}): Duplex =>
  new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(), ...options });

const dead = <S extends Duplex>(socket: S): S => socket.destroy(why);

const makers: Readonly<Record<string, Maker>> = {
  'a socket that was destroyed': () => dead(new TcpSocket()),
  'a Duplex that was destroyed': () => dead(mute()),
  'a Duplex that was destroyed, and tells no close': () => dead(mute({ emitClose: false })),
  'a socket that is destroyed when the turn ends': () => {
    const socket = new TcpSocket();
    process.nextTick(() => dead(socket));
    return socket;
  },
  'a socket that is destroyed in a microtask': () => {
    const socket = new TcpSocket();
    void Promise.resolve().then(() => dead(socket));
    return socket;
  },
  'a socket that fails and stays': () => {
    const socket = new TcpSocket();
    process.nextTick(() => socket.emit('error', why));
    return socket;
  },
  'a Duplex that fails and stays': () => {
    const socket = mute({ autoDestroy: false });
    process.nextTick(() => socket.emit('error', why));
    return socket;
  },
  'a socket, called back with, that was destroyed': (_options, given) => {
    given(null, dead(new TcpSocket()));
    return undefined;
  },
  'a socket, called back with, that failed long ago': (_options, given) => {
    const socket = dead(new TcpSocket().on('error', () => {}));
    setImmediate(given, null, socket);
    return undefined;
  },
  'a socket, called back with late, that is destroyed then': (_options, given) => {
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
  'of an agent': (createConnection: Maker) => ({ agent: Object.assign(new Agent(), { createConnection }) }),
  'of an agent that keeps': (createConnection: Maker) => ({
    agent: Object.assign(new Agent({ keepAlive: true }), { createConnection }),
  }),
} as unknown as Readonly<Record<string, (maker: Maker) => object>>;

function told(request: ClientRequest): string[] {
  const log: string[] = [];
  for (const event of ['socket', 'abort', 'error', 'close']) {
    request.on(event, (...[subject]: unknown[]) => {
      log.push(subject instanceof Error ? `${event} ${subject.message}` : event);
    });
  }
  return log;
}

describe('a socket that fails before its request takes it', () => {
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
        const log = told(get(optionsOf(maker)));
        await settle();
        expect(log).toEqual(['socket', 'error why', 'close']);
        expect(uncaught).toEqual([]);
      });

      it(`${name}, ${way}: destroy(error) tells that error`, async () => {
        const log = told(get(optionsOf(maker)).destroy(new Error('mine')));
        await settle();
        expect(log).toEqual(['error mine', 'close']);
        expect(uncaught).toEqual([]);
      });

      it(`${name}, ${way}: abort() is told, and nothing is told twice`, async () => {
        const request = get(optionsOf(maker));
        const log = told(request);
        request.abort();
        await settle();
        expect([log[0], log.at(-1)]).toEqual(['abort', 'close']);
        expect(log.slice(1, -1).filter((event) => event !== 'error why')).toEqual([]);
        expect(log.length).toBeLessThan(4);
        expect(uncaught).toEqual([]);
      });
    }
  }

  it('a connected socket that emits an error, and stays, fails its request and is closed', async () => {
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
    const log = told(request);
    await once(request, 'finish');
    socket?.emit('error', why);
    await settle();
    expect(log).toEqual(['socket', 'error why', 'close']);
    expect(socket?.destroyed).toBe(true);
    server.close();
  });
});

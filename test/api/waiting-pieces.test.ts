/** Pieces of a message wait some ticks for its end, unless the program waits for them, or uses their socket meanwhile. */
import { once } from 'node:events';
import * as host from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net';
import process from 'node:process';
import { Duplex, PassThrough, Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import * as statewire from '../../src/index.js';
import { folder, recorded, verdictsOf } from '../journal/kit.js';

type Handler = (req: host.IncomingMessage, res: host.ServerResponse, server: host.Server) => void;

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

const temporary = folder();
afterAll(temporary.remove);

const laterBy = (ticks: number, act: () => unknown): void => {
  if (ticks === 0) act();
  else process.nextTick(() => laterBy(ticks - 1, act));
};

/** A socket that has one request, and what it is given by each write, without heads. */
class Writes extends Duplex {
  readonly all: string[] = [];
  override _read(): void {}
  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    const text = Buffer.concat(chunks.map(({ chunk }) => chunk)).toString('latin1');
    this.all.push(text.replace(/^HTTP.*?\r\n\r\n/s, ''));
    callback();
  }
}

async function writesOf(handler: Handler): Promise<string[]> {
  const server: host.Server = statewire.createServer((req, res) => handler(req, res, server));
  const socket = new Writes();
  server.emit('connection', socket);
  socket.push(REQUEST);
  while (!socket.all.at(-1)?.endsWith('0\r\n\r\n')) await new Promise((resolve) => setImmediate(resolve));
  await once(socket.destroy(), 'close');
  return socket.all;
}

const parts = (): Readable => Readable.from([Buffer.from('a'), Buffer.from('b')]);
const WHOLE = '1\r\na\r\n1\r\nb\r\n0\r\n\r\n';

describe('a piped stream leaves in one write', () => {
  const streams: Record<string, Handler> = {
    'that is pulled': (_req, res) => {
      const left = ['a', 'b'];
      new Readable({
        read() {
          this.push(left.shift() ?? null);
        },
      }).pipe(res);
    },
    'of an iterable': (_req, res) => parts().pipe(res),
    'through another': (_req, res) => parts().pipe(new PassThrough()).pipe(res),
    'through two others': (_req, res) => parts().pipe(new PassThrough()).pipe(new PassThrough()).pipe(res),
  };
  it.each(Object.entries(streams))('%s', async (_name, handler) => {
    expect(await writesOf(handler)).toEqual([WHOLE]);
  });
});

describe('pieces leave at the end of the turn', () => {
  it('if one has a callback', async () => {
    const writes = await writesOf((_req, res) => {
      res.write('a');
      res.write('b', () => {});
      process.nextTick(() => res.end());
    });
    expect(writes).toEqual(['1\r\na\r\n1\r\nb\r\n', '0\r\n\r\n']);
  });

  it("if the program waits for 'drain'", async () => {
    const text = 'a'.repeat(70_000);
    const writes = await writesOf((_req, res) => {
      res.write(text);
      process.nextTick(() => res.end());
    });
    expect(writes.map(({ length }) => length)).toEqual(['11170\r\n'.length + 70_000 + 2, 5]);
  });

  it('if more comes later', async () => {
    const writes = await writesOf((_req, res) => {
      res.write('a');
      laterBy(1, () => res.write('b'));
      laterBy(2, () => res.end());
    });
    expect(writes).toEqual(['1\r\na\r\n', '1\r\nb\r\n0\r\n\r\n']);
  });

  it('or three rounds of ticks later, if nothing waits for them', async () => {
    const [inTime, late] = [3, 4].map((ticks) =>
      writesOf((_req, res) => {
        res.write('a');
        laterBy(ticks, () => res.end());
      }),
    );
    expect(await inTime).toEqual(['1\r\na\r\n0\r\n\r\n']);
    expect(await late).toEqual(['1\r\na\r\n', '0\r\n\r\n']);
  });
});

describe('a socket of the system', () => {
  /** The lengths of what it is given by each write, and what a client gets of the response. */
  async function sent(handler: Handler): Promise<{ lengths: number[]; text: string; isOurs: boolean }> {
    const lengths: number[] = [];
    const server = statewire.createServer((req, res) => {
      res.sendDate = false;
      const { socket } = req;
      const write = socket._write;
      socket._write = (chunk: Buffer, encoding, callback) => {
        lengths.push(chunk.length);
        write.call(socket, chunk, encoding, callback);
      };
      handler(req, res, server as host.Server);
    });
    await once(server.listen(0), 'listening');
    const client = connect((server.address() as AddressInfo).port).setEncoding('utf8');
    const [called] = (await once(server, 'connection')) as [Duplex];
    client.write(REQUEST);
    let text = '';
    for await (const part of client) {
      text += part;
      if (text.endsWith('0\r\n\r\n')) break;
    }
    const isOurs = Object.hasOwn(called, '_writev');
    server.close();
    server.closeAllConnections();
    return { lengths, text: text.replace(/^.*?\r\n\r\n/s, ''), isOurs };
  }

  it('gets small pieces of all kinds as one', async () => {
    const { lengths, text } = await sent((_req, res) => {
      for (const piece of ['a', 'ä€', Buffer.from('ö'), new Uint8Array([98]), Buffer.from('c')]) res.write(piece);
      res.end('ß');
    });
    expect(lengths).toHaveLength(1);
    expect(text).toBe('1\r\na\r\n5\r\nä€\r\n2\r\nö\r\n1\r\nb\r\n1\r\nc\r\n2\r\nß\r\n0\r\n\r\n');
  });

  it('gets large ones as they are', async () => {
    const { lengths, text } = await sent((_req, res) => {
      res.write(Buffer.alloc(70_000, 'a'));
      process.nextTick(() => res.end());
    });
    expect(lengths).toEqual([5]);
    expect(text === `11170\r\n${'a'.repeat(70_000)}\r\n0\r\n\r\n`).toBe(true);
  });

  it('is as it was when it is taken over', async () => {
    const { isOurs } = await sent((_req, res) => res.write('a', () => res.end()));
    expect(isOurs).toBe(true);
    const server = statewire.createServer();
    const taken = once(server, 'upgrade');
    await once(server.listen(0), 'listening');
    const client = connect((server.address() as AddressInfo).port);
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: b\r\n\r\n');
    const [, socket] = (await taken) as [unknown, Duplex];
    expect(Object.hasOwn(socket, '_writev')).toBe(false);
    client.destroy();
    socket.destroy();
    server.close();
  });
});

describe('what waits is sent before its socket is used', () => {
  const uses: Record<string, (...of: Parameters<Handler>) => unknown> = {
    'destroy()': (req) => req.socket.destroy(),
    'destroySoon()': (req) => req.socket.destroySoon(),
    'resetAndDestroy()': (req) => req.socket.resetAndDestroy(),
    'end()': (req) => req.socket.end(),
    'cork(), then no uncork()': (req) => {
      req.socket.cork();
      setImmediate(() => req.socket.destroy());
    },
    'cork() of the response': (_req, res) => {
      res.cork();
      setImmediate(() => res.destroy());
    },
    'end(text)': (req) => req.socket.end('text'),
    'write(), then destroy()': (req) => {
      req.socket.write('text');
      req.socket.destroy();
    },
    "emit('error')": (req) => req.socket.emit('error', new Error('ours')),
    'req.destroy()': (req) => req.destroy(),
    'res.destroy()': (_req, res) => res.destroy(),
    'closeAllConnections()': (_req, _res, server) => server.closeAllConnections(),
  };

  /** What a client gets. */
  async function received(http: typeof host, handler: Handler): Promise<string> {
    const server = http.createServer((req, res) => {
      res.sendDate = false;
      handler(req, res, server);
    });
    await once(server.listen(0), 'listening');
    const client = connect((server.address() as AddressInfo).port);
    client.write(REQUEST);
    let text = '';
    client.on('data', (chunk) => {
      text += chunk;
    });
    client.on('error', () => {});
    await new Promise((resolve) => client.on('close', resolve));
    server.close();
    return text;
  }

  it.each(Object.keys(uses).flatMap((name) => [1, 2].map((ticks) => [name, ticks] as const)))(
    '%s %i ticks later',
    async (name, ticks) => {
      const handler: Handler = (req, res, server) => {
        res.write('a');
        laterBy(ticks, () => uses[name]?.(req, res, server));
      };
      const journal = await recorded(temporary.file(), { bytes: 'raw' }, async () => {
        const expected = await received(host, handler);
        expect(await received(statewire as unknown as typeof host, handler)).toBe(expected);
      });
      expect(journal.connections()).toHaveLength(1);
      expect(await verdictsOf(journal)).toEqual([]);
    },
  );

  it.each([1, 2])('by a client, %i ticks later', async (ticks) => {
    const sent = async (http: typeof host): Promise<string> => {
      const server = createNetServer();
      await once(server.listen(0), 'listening');
      const request = http.request({ method: 'POST', port: (server.address() as AddressInfo).port, agent: false });
      request.setHeader('Host', 'a');
      request.on('error', () => {});
      request.on('socket', (socket) =>
        socket.on('connect', () => {
          request.write('a');
          laterBy(ticks, () => socket.destroy());
        }),
      );
      const [called] = (await once(server, 'connection')) as [Duplex];
      server.close();
      called.setEncoding('latin1');
      let text = '';
      for await (const chunk of called) text += chunk;
      return text;
    };
    expect(await sent(statewire as unknown as typeof host)).toBe(await sent(host));
  });
});

it('leave when the program exits meanwhile', async () => {
  const written: string[] = [];
  await writesOf((_req, res) => {
    const { all } = res.socket as unknown as Writes;
    res.write('a');
    process.nextTick(() => {
      written.push(all.join(''));
      for (const listener of process.listeners('exit')) if (listener.name === 'sendLate') listener(0);
      written.push(all.join(''));
      res.end();
    });
  });
  expect(written).toEqual(['', '1\r\na\r\n']);
});

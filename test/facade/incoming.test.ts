/** Incoming messages that a program creates itself, like nock, and responses without a listener. */
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { finished, PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { chunkedWithTrailers, exchange, type Handler } from './kit/exchange.js';
import { type Http, http, twice } from './kit/twice.js';

type Note = (line: string) => void;

/** What is passed as the socket. */
const sockets: Readonly<Record<string, () => unknown>> = {
  'no socket': () => undefined,
  'an emitter': () => new EventEmitter(),
  'an emitter with destroy()': () => Object.assign(new EventEmitter(), { destroy() {} }),
  'a net.Socket': () => new net.Socket(),
  'a Duplex': () => new PassThrough(),
};

const whole = (message: IncomingMessage): void => {
  message.push('x');
  message.complete = true;
  message.push(null);
};

const uses: Readonly<Record<string, (message: IncomingMessage, note: Note) => unknown>> = {
  'whole, resumed': (message) => {
    whole(message);
    message.resume();
  },
  'whole, read': (message, note) => {
    whole(message);
    message.on('data', (chunk) => note(`data ${chunk}`));
  },
  'whole, piped': (message, note) => {
    message.pipe(new PassThrough().on('data', (chunk) => note(`piped ${chunk}`)));
    whole(message);
  },
  'whole, iterated': async (message, note) => {
    whole(message);
    for await (const chunk of message) note(`iterated ${chunk}`);
  },
  'whole, finished': (message, note) => {
    finished(message, (error) => note(`finished ${error?.code}`));
    whole(message);
    message.resume();
  },
  'whole, destroyed in end': (message) => {
    whole(message);
    message.on('end', () => message.destroy()).resume();
  },
  'with an encoding': (message, note) => {
    message.setEncoding('utf8');
    message.push(Buffer.from('é'));
    whole(message);
    message.on('data', (chunk) => note(`data ${chunk}`));
  },
  much: (message, note) => {
    for (let count = 0; count < 40; count++) message.push(Buffer.alloc(4096));
    whole(message);
    const chunks: Buffer[] = [];
    message.on('data', (chunk) => chunks.push(chunk)).on('end', () => note(`${Buffer.concat(chunks).length} bytes`));
  },
  dumped: (message, note) => {
    message.push('x');
    (message as unknown as { _dump(): void })._dump();
    message.on('data', (chunk) => note(`data ${chunk}`));
    whole(message);
  },
};

describe('new IncomingMessage(socket), filled by the program', () => {
  for (const [kind, makeSocket] of Object.entries(sockets)) {
    for (const [use, play] of Object.entries(uses)) {
      twice(`${kind}: ${use}`, async (http: Http) => {
        const log: string[] = [];
        const message = new http.IncomingMessage(makeSocket() as Socket);
        for (const event of ['end', 'aborted', 'error', 'close']) {
          message.on(event, () => log.push(`${event} ${message.aborted}`));
        }
        const closed = once(message, 'close');
        await play(message, (line) => log.push(line));
        await closed;
        return [...log, message.destroyed, message.complete];
      });
    }
  }
});

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n';

async function serving(onSocket: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const server = net.createServer((socket) => onSocket(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

describe('a response without a listener', () => {
  twice('emits nothing to a data listener added later', async (http: Http) => {
    const sockets: Socket[] = [];
    const { port, close } = await serving((socket) => {
      sockets.push(socket);
      socket.once('data', () => socket.write(`${HEAD}half`));
    });
    const req = http.request({ host: '127.0.0.1', port }).end() as unknown as { res: IncomingMessage } & EventEmitter;
    const [socket] = (await once(req, 'socket')) as [Socket];
    while (!req.res) await once(socket, 'data').then(() => new Promise(setImmediate));
    await new Promise(setImmediate);
    const log: string[] = [];
    req.res.on('data', (chunk) => log.push(String(chunk))).on('end', () => log.push(`end ${req.res.complete}`));
    sockets[0]?.end('more');
    await once(req, 'close');
    close();
    return log;
  });
});

describe('the objects of headers and trailers', () => {
  twice('stay the same from the first reading on, and trailers are added', async (http: Http) => {
    const names = ['headers', 'headersDistinct', 'trailers', 'trailersDistinct'] as const;
    const outcome: unknown[] = [];
    const handler: Handler = async (req, res) => {
      const early = names.map((name) => req[name]);
      const isEarly = () => names.map((name, i) => req[name] === early[i]);
      outcome.push(isEarly(), { ...req.trailers });
      req.headers['x-mine'] = 'added';
      for await (const _ of req);
      outcome.push(isEarly(), req.headers, req.trailers);
      res.end();
    };
    await exchange(http, handler, { send: chunkedWithTrailers('T: 1\r\nt: 2\r\n') });
    return outcome;
  });
});

// The host calls it only while the response is being read.
describe('the callback of setTimeout() of a response that was read', () => {
  it('is called while the exchange continues', async () => {
    const { port, close } = await serving((socket) => socket.once('data', () => socket.write(`${HEAD}complete`)));
    const agent = new http.statewire.Agent({ keepAlive: true });
    const req = http.statewire.request({ host: '127.0.0.1', port, agent, method: 'POST' });
    req.write('begun');
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    const log: string[] = [];
    res.on('end', () => log.push('end')).resume();
    await new Promise<void>((resolve) => {
      res.setTimeout(20, () => {
        log.push('timeout');
        resolve();
      });
    });
    expect(log).toEqual(['end', 'timeout']);
    req.on('error', () => {}).destroy();
    await once(req, 'close');
    close();
  });
});

describe('messages that recur', () => {
  twice('have fields of their own, which a program may change', async ({ Agent, createServer, get }) => {
    const log: unknown[] = [];
    const use = ({ rawHeaders, headers, headersDistinct, url }: IncomingMessage) => {
      log.push([...rawHeaders], { ...headers }, { ...headersDistinct }, url);
      rawHeaders.push('x', 'y');
      rawHeaders[0] = 'changed';
      headers['x'] = 'y';
      headersDistinct['x'] = ['y'];
    };
    const server = createServer((req, res) => {
      use(req);
      res.sendDate = false;
      res.end('same');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { port } = server.address() as AddressInfo;
    for (let i = 0; i < 6; i++) {
      const req = get({ host: '127.0.0.1', port, agent, path: '/same', headers: { Host: 'same' } }, (res) => {
        use(res);
        res.resume();
      });
      await once(req, 'close');
    }
    agent.destroy();
    server.close();
    return log;
  });
});

/** Listeners of an exchange run in the async context of its request, on reused sockets too (AsyncLocalStorage). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { Peer } from '../conversations/kit/peer.js';
import { get, head, post } from '../conversations/kit/phrases.js';
import { dial, settle } from '../conversations/kit/wires.js';
import { type Http, http } from '../facade/kit/twice.js';

const store = new AsyncLocalStorage<string>();

interface Scene {
  /** What the client does; each text is sent when the one before it has had its effect. */
  readonly says: readonly (string | ((peer: Peer) => unknown))[];
  /** What the handler does behind `enterWith(req.url)`. */
  readonly handle: (req: IncomingMessage, res: ServerResponse, hear: (event: string) => void) => unknown;
  readonly prepare?: (server: Server) => void;
  readonly deaf?: readonly string[];
}

/** Where each event of a scene was heard: `req.end of /1: /1`. */
async function heard({ createServer }: Http, { says, handle, prepare, deaf = [] }: Scene): Promise<readonly string[]> {
  const log: string[] = [];
  const hear = (event: string) => log.push(`${event}: ${store.getStore() ?? 'nowhere'}`);
  const server = createServer((req, res) => {
    const listen = (who: string, emitter: NodeJS.EventEmitter, events: readonly string[]) => {
      for (const event of events) {
        const name = `${who}.${event}`;
        if (!deaf.includes(name)) emitter.on(event, () => hear(`${name} of ${req.url}`));
      }
    };
    hear(`request of ${req.url}`);
    store.enterWith(req.url!);
    listen('req', req, ['data', 'end', 'aborted', 'error', 'close', 'timeout']);
    listen('res', res, ['prefinish', 'drain', 'finish', 'close', 'timeout']);
    handle(req, res, (event) => hear(`${event} of ${req.url}`));
  });
  prepare?.(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = new Peer(await dial((server.address() as AddressInfo).port));
  for (const said of says) {
    if (typeof said === 'string') peer.send(said);
    else await said(peer);
    await settle();
  }
  peer.destroy();
  await new Promise((resolve) => server.close(resolve));
  return log;
}

const { host, statewire } = http;

/** Each event that ends in the url of its own exchange was heard in that exchange. */
function expectOwn(log: readonly string[]): void {
  const strayed = log.filter((line) => !line.startsWith('request of') && !/ of (\/\S*): \1$/.test(line));
  expect(strayed).toEqual([]);
}

/** Says it, and waits for the last chunk of an answer. */
const answered = (text: string) => (peer: Peer) => {
  peer.send(text);
  return peer.bytes('0\r\n\r\n');
};

const events = (log: readonly string[]): readonly string[] => log.map((line) => line.replace(/:.*/, ''));

const reuse: Scene = {
  says: [post('/1', 'body'), get('/2'), post('/3', 'body') + get('/4') + get('/5')],
  handle: (req, res) => req.on('end', () => res.end('hello')),
};

describe('on a socket that is reused', () => {
  it('the listeners of an exchange run in its context', async () => {
    const log = await heard(statewire, reuse);
    expectOwn(log);
    expect(log.length).toBe(5 + 2 + 5 * 5);
  });

  it('the next request begins without it', async () => {
    const begun = (await heard(statewire, reuse)).filter((line) => line.startsWith('request'));
    expect(begun).toEqual(['/1', '/2', '/3', '/4', '/5'].map((url) => `request of ${url}: nowhere`));
  });

  it('a host before 24 lets it leak into the next request', async () => {
    const begun = (await heard(host, reuse)).filter((line) => line.startsWith('request'));
    const [second, third] = HOST < 24 ? ['/1', '/2'] : ['nowhere', 'nowhere'];
    expect(begun.slice(0, 3)).toEqual([
      'request of /1: nowhere',
      `request of /2: ${second}`,
      `request of /3: ${third}`,
    ]);
  });
});

describe('an answer', () => {
  it('tells its end where its request began, whoever ends it', async () => {
    const log = await heard(statewire, {
      says: [get('/1') + get('/2')],
      deaf: ['res.prefinish'],
      handle: (_, res) => setImmediate(() => store.run('elsewhere', () => res.end('hello'))),
    });
    expectOwn(log);
    expect(events(log)).toContain('res.finish of /2');
  });

  it('tells ‘drain’', async () => {
    const log = await heard(statewire, {
      says: [answered(get('/1')), answered(get('/2'))],
      handle: (_, res) => {
        res.on('drain', () => res.end());
        res.write('x'.repeat(1_000_000));
      },
    });
    expectOwn(log);
    expect(events(log)).toContain('res.drain of /2');
  });

  it('tells that its connection has gone', async () => {
    const log = await heard(statewire, {
      says: [get('/1') + get('/2'), (peer) => peer.reset()],
      deaf: ['req.aborted', 'req.error', 'req.close'],
      handle: (req) => req.resume(),
    });
    expectOwn(log);
    expect(events(log).slice(-2)).toEqual(['res.close of /1', 'res.close of /2']);
  });

  it('tells its timeout', async () => {
    const log = await heard(statewire, {
      says: [answered(get('/1'))],
      handle: (_, res, hear) =>
        res.setTimeout(20, () => {
          hear('callback');
          res.write('late');
          res.end();
        }),
    });
    expectOwn(log);
    expect(events(log)).toContain('callback of /1');
  });
});

describe('not yet', () => {
  it('a request that is cut tells so where it began', async () => {
    const log = await heard(statewire, {
      says: [head('POST /1 HTTP/1.1', 'Host: a', 'Content-Length: 8'), (peer) => peer.reset()],
      handle: () => {},
    });
    expect(events(log)).toContain('req.aborted of /1');
    expectOwn(log);
  });

  it('the timeout of the server is told to an answer where its request began', async () => {
    const log = await heard(statewire, {
      says: [answered(get('/1'))],
      handle: (_, res) => res.write('begun') && res.on('timeout', () => res.end()),
      prepare: (server) => void server.setTimeout(20),
    });
    expect(events(log)).toContain('res.timeout of /1');
    expectOwn(log);
  });
});

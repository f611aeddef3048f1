/** Listeners of an exchange run in the async context of its request, even on reused sockets (AsyncLocalStorage). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { Peer } from '../conversations/kit/peer.js';
import { get, head, post } from '../conversations/kit/phrases.js';
import { dial, settle } from '../conversations/kit/wires.js';
import { type Http, http } from '../facade/kit/twice.js';

const store = new AsyncLocalStorage<string>();
/** Programs keep Maps, too. */
const maps = new AsyncLocalStorage<ReadonlyMap<string, string>>();

interface Scene {
  /** The client's texts and actions, each after the previous one has taken effect. */
  readonly sends: readonly (string | ((peer: Peer) => unknown))[];
  /** What the handler does after `enterWith(req.url)`. */
  readonly handle: (req: IncomingMessage, res: ServerResponse, note: (event: string) => void) => unknown;
  readonly prepare?: (server: Server) => void;
  readonly without?: readonly string[];
}

/** The context of each event of a scene: `req.end of /1: /1`. */
async function contextsOf(
  { createServer }: Http,
  { sends, handle, prepare, without = [] }: Scene,
): Promise<readonly string[]> {
  const log: string[] = [];
  const note = (event: string) => log.push(`${event}: ${store.getStore() ?? 'nowhere'}`);
  const server = createServer((req, res) => {
    const listen = (who: string, emitter: NodeJS.EventEmitter, events: readonly string[]) => {
      for (const event of events) {
        const name = `${who}.${event}`;
        if (!without.includes(name)) emitter.on(event, () => note(`${name} of ${req.url}`));
      }
    };
    note(`request of ${req.url}`);
    store.enterWith(req.url!);
    listen('req', req, ['data', 'end', 'aborted', 'error', 'close', 'timeout']);
    listen('res', res, ['prefinish', 'drain', 'finish', 'close', 'timeout']);
    handle(req, res, (event) => note(`${event} of ${req.url}`));
  });
  prepare?.(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = new Peer(await dial((server.address() as AddressInfo).port));
  for (const each of sends) {
    if (typeof each === 'string') peer.send(each);
    else await each(peer);
    await settle();
  }
  peer.destroy();
  await new Promise((resolve) => server.close(resolve));
  return log;
}

const { host, statewire } = http;

/** Each event must have run in the context of its own exchange. */
function expectOwn(log: readonly string[]): void {
  const strayed = log.filter((line) => !line.startsWith('request of') && !/ of (\/\S*): \1$/.test(line));
  expect(strayed).toEqual([]);
}

/** Sends the text, and waits for the last chunk of the response. */
const untilEnd = (text: string) => (peer: Peer) => {
  peer.send(text);
  return peer.bytes('0\r\n\r\n');
};

const events = (log: readonly string[]): readonly string[] => log.map((line) => line.replace(/:.*/, ''));

const reuse: Scene = {
  sends: [post('/1', 'body'), get('/2'), post('/3', 'body') + get('/4') + get('/5')],
  handle: (req, res) => req.on('end', () => res.end('hello')),
};

describe('on a reused socket', () => {
  it('the listeners of an exchange run in its context', async () => {
    const log = await contextsOf(statewire, reuse);
    expectOwn(log);
    expect(log.length).toBe(5 + 2 + 5 * 5);
  });

  it('the next request begins without a context', async () => {
    const begun = (await contextsOf(statewire, reuse)).filter((line) => line.startsWith('request'));
    expect(begun).toEqual(['/1', '/2', '/3', '/4', '/5'].map((url) => `request of ${url}: nowhere`));
  });

  it('a host before 24 leaks the context into the next request', async () => {
    const begun = (await contextsOf(host, reuse)).filter((line) => line.startsWith('request'));
    const [second, third] = HOST < 24 ? ['/1', '/2'] : ['nowhere', 'nowhere'];
    expect(begun.slice(0, 3)).toEqual([
      'request of /1: nowhere',
      `request of /2: ${second}`,
      `request of /3: ${third}`,
    ]);
  });
});

describe('a response', () => {
  it('emits finish in its own context, wherever end() was called', async () => {
    const log = await contextsOf(statewire, {
      sends: [get('/1') + get('/2')],
      without: ['res.prefinish'],
      handle: (_, res) => setImmediate(() => store.run('elsewhere', () => res.end('hello'))),
    });
    expectOwn(log);
    expect(events(log)).toContain('res.finish of /2');
  });

  it.each([
    ['in the listener', (call: () => void) => call()],
    ['later', (call: () => void) => void setImmediate(call)],
    ['in a promise', (call: () => void) => void Promise.resolve().then(call)],
  ])('whose handler runs with a store emits finish and close with it: end() %s', async (_, soon) => {
    const seen = await Promise.all(
      [host, statewire].map(async ({ createServer, Agent, get: ask }) => {
        const log: string[] = [];
        const server = createServer((req, res) =>
          maps.run(new Map([['url', req.url!]]), () => {
            for (const event of ['finish', 'close'])
              res.on(event, () => log.push(`${event}: ${maps.getStore()?.get('url')}`));
            soon(() => res.end('hello'));
          }),
        );
        await once(server.listen(0, '127.0.0.1'), 'listening');
        const agent = new Agent({ keepAlive: true });
        for (const path of ['/1', '/2']) {
          const [response] = await once(ask({ agent, path, port: (server.address() as AddressInfo).port }), 'response');
          await once(response.resume(), 'close');
          await settle();
        }
        agent.destroy();
        await new Promise((resolve) => server.close(resolve));
        return log;
      }),
    );
    expect(seen).toEqual(Array.from({ length: 2 }, () => ['finish: /1', 'close: /1', 'finish: /2', 'close: /2']));
  });

  it('emits drain in its own context', async () => {
    const log = await contextsOf(statewire, {
      sends: [untilEnd(get('/1')), untilEnd(get('/2'))],
      handle: (_, res) => {
        res.on('drain', () => res.end());
        res.write('x'.repeat(1_000_000));
      },
    });
    expectOwn(log);
    expect(events(log)).toContain('res.drain of /2');
  });

  it('emits close in its own context when the connection closes', async () => {
    const log = await contextsOf(statewire, {
      sends: [get('/1') + get('/2'), (peer) => peer.reset()],
      without: ['req.aborted', 'req.error', 'req.close'],
      handle: (req) => req.resume(),
    });
    expectOwn(log);
    expect(events(log).slice(-2)).toEqual(['res.close of /1', 'res.close of /2']);
  });

  it('emits timeout in its own context', async () => {
    const log = await contextsOf(statewire, {
      sends: [untilEnd(get('/1'))],
      handle: (_, res, note) =>
        res.setTimeout(20, () => {
          note('callback');
          res.write('late');
          res.end();
        }),
    });
    expectOwn(log);
    expect(events(log)).toContain('callback of /1');
  });
});

describe('a context that a subscriber enters', () => {
  const entered = async ({ createServer }: Http): Promise<readonly string[]> => {
    const log: string[] = [];
    const note = (event: string) => log.push(`${event}: ${store.getStore() ?? 'nowhere'}`);
    const start = ({ request }: { request: IncomingMessage }) => store.enterWith(request.url!);
    const finish = () => note('told of the finish');
    subscribe('http.server.request.start', start as never);
    subscribe('http.server.response.finish', finish);
    const server = createServer((req, res) => {
      note(`request ${req.url}`);
      for (const event of ['end', 'close']) req.on(event, () => note(`req.${event}`));
      for (const event of ['finish', 'close']) res.on(event, () => note(`res.${event}`));
      req.resume();
      setTimeout(() => {
        note('later');
        res.end();
      }, 1);
    }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const peer = new Peer(await dial((server.address() as AddressInfo).port));
      for (const url of ['/1', '/2']) {
        const isDone = once(server, 'request').then(([, res]) => once(res, 'close'));
        peer.send(post(url, 'body'));
        await isDone;
      }
      peer.destroy();
      await new Promise((resolve) => server.close(resolve));
    } finally {
      unsubscribe('http.server.request.start', start as never);
      unsubscribe('http.server.response.finish', finish);
    }
    return log;
  };

  it('holds for the whole exchange', async () => {
    const log = await entered(statewire);
    const of = (url: string) => log.filter((line) => line.endsWith(`: ${url}`)).map((line) => line.replace(/:.*/, ''));
    const events = ['later', 'told of the finish', 'res.finish', 'req.end', 'req.close', 'res.close'].sort();
    for (const url of ['/1', '/2']) expect(of(url).sort()).toEqual([...events, `request ${url}`].sort());
  });
});

describe('in the context of its exchange', () => {
  it('a cut request emits aborted', async () => {
    const log = await contextsOf(statewire, {
      sends: [head('POST /1 HTTP/1.1', 'Host: a', 'Content-Length: 8'), (peer) => peer.reset()],
      handle: () => {},
    });
    expect(events(log)).toContain('req.aborted of /1');
    expectOwn(log);
  });

  it('a response emits the timeout of its socket', async () => {
    const log = await contextsOf(statewire, {
      sends: [untilEnd(get('/1'))],
      handle: (req, res) => {
        // Not before the request is there: a timeout of the server may expire on a busy machine.
        req.socket.setTimeout(20);
        res.on('timeout', () => res.end()).write('begun');
      },
    });
    expect(events(log)).toContain('res.timeout of /1');
    expectOwn(log);
  });
});

describe('a callback of write() and end()', () => {
  const note =
    (log: string[], what: string): (() => void) =>
    () =>
      log.push(`${what}: ${store.getStore() ?? 'nowhere'}`);

  /** What the callbacks of one request have noted. */
  const noted = (url: string) => [`write of ${url}: call of ${url}`, `end of ${url}: call of ${url}`];

  function finish(message: ClientRequest | ServerResponse, url: string, log: string[]): void {
    store.run(`call of ${url}`, () => {
      message.write('begun', note(log, `write of ${url}`));
      message.end(note(log, `end of ${url}`));
    });
  }

  /** Requests arrive together; their responses are ended in reverse order. */
  async function byResponses({ createServer }: Http, urls: readonly string[]): Promise<readonly string[]> {
    const log: string[] = [];
    const due: (() => void)[] = [];
    const server = createServer((req, res) => {
      due.unshift(() => finish(res, req.url!, log));
      if (due.length === urls.length) for (const each of due) each();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = new Peer(await dial((server.address() as AddressInfo).port));
    peer.send(urls.map((url) => get(url)).join(''));
    await settle();
    peer.destroy();
    await new Promise((resolve) => server.close(resolve));
    return log;
  }

  /** Requests share a connection. */
  async function byRequests(
    { createServer, request, Agent }: Http,
    urls: readonly string[],
  ): Promise<readonly string[]> {
    const log: string[] = [];
    const server = createServer((req, res) => req.resume().on('end', () => res.end())).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ends = urls.map((path) => {
      const req = request({ host: '127.0.0.1', port, path, method: 'POST', agent }, (res) => res.resume());
      finish(req, path, log);
      return once(req, 'close');
    });
    await Promise.all(ends);
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
    return log;
  }

  it.each([
    ['on the host', host],
    ['on statewire', statewire],
  ])('runs in the context of its call, %s', async (_, http) => {
    expect(await byResponses(http, ['/1'])).toEqual(noted('/1'));
  });

  it('runs there, too, if its message waits for its turn or a socket', async () => {
    const urls = ['/1', '/2', '/3'];
    expect(await byResponses(statewire, urls)).toEqual(urls.flatMap(noted));
    expect(await byRequests(statewire, urls)).toEqual(urls.flatMap(noted));
  });
});

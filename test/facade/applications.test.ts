/** Applications that put messages onto prototypes of node:http's classes, as Express does, on servers of statewire. */
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import * as host from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import ownExports from '../../src/index.js';
import { exchange, GET, post } from './kit/exchange.js';
import { type Http, http } from './kit/twice.js';

const { statewire } = http;

type Next = () => void;
interface Req extends IncomingMessage {
  app: Application;
  field(name: string): unknown;
}
interface Res extends ServerResponse {
  app: Application;
  json(value: unknown): void;
  colour?: string;
}
type Step = (this: Application, req: Req, res: Res, next: Next) => unknown;
interface Application {
  (req: IncomingMessage, res: ServerResponse, next?: Next): void;
  request: Req;
  response: Res;
  use(step: Step): Application;
  mount(inner: Application): Application;
}

/** What a module like Express holds: prototypes that all of its applications share. */
function framework() {
  const request = Object.create(host.IncomingMessage.prototype) as Req;
  request.field = function (name) {
    return this.headers[name];
  };
  const response = Object.create(host.ServerResponse.prototype) as Res;
  response.json = function (value) {
    if (!this.getHeader('Content-Type')) this.setHeader('Content-Type', 'application/json');
    this.end(JSON.stringify(value));
  };

  function create(): Application {
    const steps: Step[] = [];
    const app = ((req: Req, res: Res, leave?: Next) => {
      res.setHeader('X-Powered-By', 'a framework');
      Object.setPrototypeOf(req, app.request);
      Object.setPrototypeOf(res, app.response);
      let at = 0;
      const next = () => {
        const step = steps[at++];
        if (step === undefined) leave?.();
        else step.call(app, req, res, next);
      };
      next();
    }) as Application;
    app.request = Object.create(request, { app: { value: app, writable: true } });
    app.response = Object.create(response, { app: { value: app, writable: true } });
    app.use = (step) => {
      steps.push(step);
      return app;
    };
    app.mount = (inner) => {
      Object.setPrototypeOf(inner.request, app.request);
      Object.setPrototypeOf(inner.response, app.response);
      return app.use((req, res, next) => {
        inner(req, res, () => {
          Object.setPrototypeOf(req, app.request);
          Object.setPrototypeOf(res, app.response);
          next();
        });
      });
    };
    return app;
  }
  return { request, response, create };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What a client receives from a listener on either server. */
async function both(make: () => RequestListener, send: string = GET): Promise<string> {
  const expected = await exchange(http.host, make(), { send });
  const received = await exchange(statewire, make(), { send });
  expect(received).toBe(expected);
  return received;
}

const closing: Server[] = [];
afterAll(() => {
  for (const server of closing) server.close().closeAllConnections();
});

/** A server, and a function that sends it a GET. */
async function serve(face: Http, listener?: RequestListener) {
  const server = face.createServer(listener).listen(0, '127.0.0.1');
  closing.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const get = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5000) }).then(
      (response) => response.text(),
      (error: Error) => error.name,
    );
  return { server, get };
}

const warnings: Error[] = [];
const note = (warning: Error & { code?: string }) => {
  if (warning.code === 'STATEWIRE_FOREIGN_PROTOTYPE') warnings.push(warning);
};
process.on('warning', note);
afterAll(() => void process.off('warning', note));

describe('an application that listens to requests', () => {
  it('uses its methods and ours', async () => {
    const app = () =>
      framework()
        .create()
        .use((req, res) => res.json([req.url, req.field('host'), req.method]));
    expect(await both(app)).toMatch(/x-powered-by: a framework[\s\S]*application\/json[\s\S]*\["\/","a","GET"\]/i);
  });

  it('reads a body', async () => {
    const app = () =>
      framework()
        .create()
        .use(async (req, res) => {
          let text = '';
          for await (const chunk of req) text += chunk;
          res.json({ text, complete: req.complete });
        });
    expect(await both(app, post('some text'))).toContain('{"text":"some text","complete":true}');
  });

  it('may have applications mounted, before and after', async () => {
    const make = () => {
      const { create } = framework();
      const [app, inner, late] = [create(), create(), create()];
      app.response.colour = 'red';
      inner.use((_req, res, next) => {
        res.setHeader('Inner', `${res.colour} ${res.app === inner}`);
        next();
      });
      late.response.colour = 'green';
      late.use((_req, res) => res.json([res.colour, res.app === late]));
      app.mount(inner);
      app.use((_req, res, next) => {
        res.setHeader('Outer', `${res.colour} ${res.app === app}`);
        next();
      });
      setImmediate(() => app.mount(late));
      return app;
    };
    const received = await both(make);
    expect(received).toContain('Inner: red true\r\nOuter: red true\r\n');
    expect(received).toContain('["green",true]');
  });

  it.each(['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const)(
    'may be added by %s()',
    async (method) => {
      const { server, get } = await serve(statewire);
      server[method](
        'request',
        framework()
          .create()
          .use((_req, res) => res.json(method)),
      );
      expect(await get('/')).toBe(`"${method}"`);
    },
  );

  it('may listen to checkContinue', async () => {
    const app = framework()
      .create()
      .use((req, res) => {
        res.writeContinue();
        req.on('data', () => {}).on('end', () => res.json('continued'));
      });
    const send = post('a').replace('\r\n', '\r\nExpect: 100-continue\r\n');
    const received = await exchange(statewire, () => {}, {
      send,
      prepare: (server) => server.on('checkContinue', app),
    });
    expect(received).toMatch(/^HTTP\/1\.1 100 [\s\S]*"continued"/);
  });

  it('keeps what it has replaced of node:http, however late', async () => {
    const make = (face: Http) => () => {
      const { create, response } = framework();
      return create().use((_req, res) => {
        response.writeHead = function (this: Res, status: number) {
          this.setHeader('Shared', 'yes');
          return face.ServerResponse.prototype.writeHead.call(this, status);
        } as never;
        const { end } = res;
        res.end = function (this: Res, text: string) {
          this.setHeader('Single', 'yes');
          return end.call(this, text, 'latin1');
        } as never;
        res.json('late');
      });
    };
    const received = await exchange(statewire, make(statewire)());
    expect(received).toBe(await exchange(http.host, make(http.host)()));
    expect(received).toContain('Single: yes\r\nShared: yes');
  });

  it('sees the properties of the messages, and sets them', async () => {
    const make = () =>
      framework()
        .create()
        .use((req, res) => {
          res.statusCode = 201;
          res.shouldKeepAlive = false;
          req.headers = { host: 'changed' };
          const before = [req.headers['host'], res.headersSent, res.writableEnded, res.writableCorked, req.httpVersion];
          res.cork();
          const corked = res.writableCorked;
          res.uncork();
          expect(() => Object.assign(res, { headersSent: true })).toThrow(TypeError);
          res.json([...before, corked, 'assignSocket' in res, Object.keys(res).includes('statusCode')]);
        });
    expect(await both(make)).toContain('["changed",false,false,0,"1.1",1,true,true]');
  });

  it('may serve a server of node:http as well, at the same time', async () => {
    const app = framework()
      .create()
      .use(async (req, res) => {
        await turn();
        res.setHeader('A', 'b');
        res.json([req.url, req.field('connection'), res instanceof host.ServerResponse]);
      });
    const ours = await serve(statewire, app);
    const theirs = await serve(http.host, app);
    const paths = ['/1', '/2', '/3', '/4'];
    const received = await Promise.all(paths.map((path, at) => (at % 2 === 0 ? ours : theirs).get(path)));
    expect(received).toEqual(paths.map((path) => `["${path}","keep-alive",true]`));
  });

  it('leaves the framework and its other applications as they are', async () => {
    const { create, request, response } = framework();
    const [app, other] = [create(), create()];
    const shapes = () =>
      [other.request, other.response, request, response].map((each) => [
        Object.getPrototypeOf(each),
        Object.getOwnPropertyDescriptors(each),
      ]);
    const before = shapes();
    app.use((_req, res) => res.json('ours'));
    other.use((_req, res) => res.json('theirs'));
    const { get } = await serve(statewire, app);
    expect(await get('/')).toBe('"ours"');
    expect(shapes()).toEqual(before);
    expect(await (await serve(http.host, other)).get('/')).toBe('"theirs"');
  });

  it('is left alone if its prototypes are ours, or have no http class in them', () => {
    const { createServer, IncomingMessage: Request, ServerResponse: Response } = ownExports;
    for (const [request, response] of [
      [Object.create(Request.prototype), Object.create(Response.prototype)],
      [{}, {}],
      [Object.create(null), Object.create(null)],
    ]) {
      const prototypes = [request, response].map(Object.getPrototypeOf);
      createServer(Object.assign(() => {}, { request, response }));
      expect([request, response].map(Object.getPrototypeOf)).toEqual(prototypes);
    }
  });

  it('needs no warning', () => expect(warnings).toEqual([]));
});

describe('messages that a listener has put onto prototypes of node:http', () => {
  const app = (step: Step) => framework().create().use(step);

  it('are noticed by the first method that is called, and one warning says so', async () => {
    const inner = app((req, res) => res.json(req.url));
    const { get } = await serve(statewire, (req, res) => inner(req, res));
    expect(await get('/a')).toBe('"/a"');
    expect(await get('/b')).toBe('"/b"');
    await turn();
    expect(warnings.map(String)).toEqual([expect.stringContaining('onto prototypes of node:http')]);
    expect(warnings[0]).toHaveProperty('detail', expect.stringMatching(/createServer\(\)[\s\S]*statewire\/register/));
  });

  it('are noticed in a later turn', async () => {
    const inner = app((req, res) => res.json(req.url));
    const { get } = await serve(statewire, async (req, res) => {
      await turn();
      inner(req, res);
    });
    expect([await get('/a'), await get('/b')]).toEqual(['"/a"', '"/b"']);
  });

  it('are read on', async () => {
    const make = () => {
      const inner = app(async (req, res) => {
        let text = '';
        for await (const chunk of req) text += chunk;
        res.json(text);
      });
      return ((req, res) => inner(req, res)) as RequestListener;
    };
    expect(await both(make, post('some text'))).toContain('"some text"');
  });

  it('may have been put onto the classes themselves', async () => {
    const listener = (req: IncomingMessage, res: ServerResponse) => {
      Object.setPrototypeOf(req, host.IncomingMessage.prototype);
      Object.setPrototypeOf(res, host.ServerResponse.prototype);
      res.setHeader('Field', 'value');
      res.end(`${req.headers.host}`);
    };
    await both(() => listener);
  });

  describe('after the first response of the server', () => {
    /** A server whose first response has been sent. */
    async function used(listener: RequestListener) {
      const { get } = await serve(statewire, (req, res) => (req.url === '/first' ? res.end('1') : listener(req, res)));
      expect(await get('/first')).toBe('1');
      return get;
    }

    it('are noticed when the listener returns', async () => {
      const inner = app((req, res) => setImmediate(() => res.json(req.url)));
      const get = await used((req, res) => inner(req, res));
      expect(await get('/a')).toBe('"/a"');
      expect(await get('/b')).toBe('"/b"');
    });

    it('are cut if methods of node:http have sent something', async () => {
      const inner = app((_req, res) => {
        try {
          res.write('half');
        } catch {
          // Since Node 22, once it has fixed the head.
        }
      });
      const get = await used((req, res) => inner(req, res));
      expect(await get('/a')).toBe('TypeError');
      expect(await get('/first')).toBe('1');
    });

    it('are noticed when something happens to them', async () => {
      const closed: string[] = [];
      const get = await used(async (req, res) => {
        await turn();
        Object.setPrototypeOf(req, host.IncomingMessage.prototype);
        Object.setPrototypeOf(res, host.ServerResponse.prototype);
        req.on('close', () => closed.push('req.close'));
        res.on('close', () => closed.push('res.close'));
        req.socket.destroy();
      });
      expect(await get('/a')).toBe('TypeError');
      expect(closed.sort()).toEqual(['req.close', 'res.close']);
      expect(await get('/first')).toBe('1');
    });
  });

  it('warn once a process', () => expect(warnings).toHaveLength(1));
});

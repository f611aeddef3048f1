/** Programs that intercept: swapped prototypes, replaced methods and `emit`, on instances and classes. */
import { EventEmitter, once } from 'node:events';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { inherits } from 'node:util';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { HOST } from '../conversations/kit/host.js';
import { exchange, type Handler, post } from './kit/exchange.js';
import { type Applied, type Http, twice } from './kit/twice.js';

type Methods = Record<string, Applied>;

/** Replaces a method by one that logs the call first. Returns a function that undoes it. */
function wrap(target: object, name: string, log: string[], note: (args: unknown[]) => string): () => void {
  const methods = target as Methods;
  const own = Object.getOwnPropertyDescriptor(target, name);
  const original = methods[name]!;
  methods[name] = function (...args) {
    log.push(note(args));
    return original.apply(this, args);
  };
  return () => {
    if (own === undefined) delete methods[name];
    else Object.defineProperty(target, name, own);
  };
}

const nameOnly = (name: string) => () => name;
const withFirst = (name: string) => (args: unknown[]) => `${name} ${String(args[0])}`;

/** The response and the log. */
async function watched(
  http: Http,
  watch: (log: string[], req: IncomingMessage, res: ServerResponse) => void,
  handler: Handler,
  send?: string,
): Promise<unknown[]> {
  const log: string[] = [];
  const bytes = await exchange(
    http,
    (req, res) => {
      watch(log, req, res);
      handler(req, res);
    },
    send === undefined ? {} : { send },
  );
  return [log, bytes];
}

describe('prototypes swapped under a request and its response (Express)', () => {
  const application = (http: Http) => {
    const request = Object.create(http.IncomingMessage.prototype, {
      path: { get: (): string => 'the path' },
    }) as IncomingMessage & { path: string; get(name: string): unknown };
    request.get = function (name) {
      return this.headers[name];
    };
    const response = Object.create(http.ServerResponse.prototype) as ServerResponse & { send(text: string): void };
    response.send = function (text) {
      this.setHeader('Content-Length', Buffer.byteLength(text));
      this.end(text);
    };
    return { request, response };
  };

  twice('the response is sent as usual', (http) => {
    const { request, response } = application(http);
    return exchange(http, (req, res) => {
      Object.setPrototypeOf(req, request);
      Object.setPrototypeOf(res, response);
      (res as typeof response).send(`${(req as typeof request).path} at ${(req as typeof request).get('host')}`);
    });
  });

  twice('the body is read as usual', (http) => {
    const { request } = application(http);
    return exchange(
      http,
      async (req, res) => {
        Object.setPrototypeOf(req, Object.create(request, { req: { value: req } }));
        let body = '';
        for await (const chunk of req) body += chunk;
        res.end(body.toUpperCase());
      },
      { send: post('text') },
    );
  });
});

describe('methods replaced on a response', () => {
  const heads: Readonly<Record<string, Handler>> = {
    end: (_req, res) => res.end('x'),
    'end without a body': (_req, res) => res.end(),
    'write and end': (_req, res) => {
      res.write('x');
      res.end('y');
    },
    'end with a callback': (_req, res) => res.end(() => {}),
    'end with a body and a callback': (_req, res) => res.end('x', () => {}),
    'end with bytes and a callback': (_req, res) => res.end(Buffer.from('x'), () => {}),
    'end with a body, its encoding and a callback': (_req, res) => res.end('x', 'latin1', () => {}),
    'end with null and a callback': (_req, res) => res.end(null, () => {}),
    'write and end with callbacks': (_req, res) => {
      res.write('x', () => {});
      res.write('y', 'latin1', () => {});
      res.end('z', () => {});
    },
    'a second end': (_req, res) => {
      res.end('x');
      res.end(() => {});
    },
    flushHeaders: (_req, res) => {
      res.flushHeaders();
      res.end();
    },
    pipe: (_req, res) => {
      Readable.from(['x', 'y']).pipe(res);
    },
    'writeHead with headers after setHeader': (_req, res) => {
      res.setHeader('a', '1');
      res.writeHead(201, { b: '2', a: '3' });
      res.end();
    },
    'writeHead with an array after setHeader': (_req, res) => {
      res.setHeader('a', '1');
      res.writeHead(201, 'Made', ['b', '2', 'c', '3'] as never);
      res.end();
    },
    ...(HOST < 26 && {
      writeHeader: (_req: IncomingMessage, res: ServerResponse) => {
        (res as unknown as Methods)['writeHeader']!(201, { b: '2' });
        res.end();
      },
    }),
    appendHeader: (_req, res) => {
      res.setHeader('a', '1');
      res.appendHeader('a', '2');
      res.end();
    },
    setHeaders: (_req, res) => {
      res.setHeaders(new Map([['a', '1']]));
      res.end();
    },
    'a status set by the program': (_req, res) => {
      res.statusCode = 404;
      res.statusMessage = 'Nothing here';
      res.end();
    },
  };
  const METHODS = ['writeHead', 'write', 'end', 'setHeader', '_implicitHeader', 'flushHeaders'];
  if (HOST < 26) METHODS.push('writeHeader');

  for (const [name, handler] of Object.entries(heads)) {
    twice(`are called by ${name}, on the instance`, (http) =>
      watched(
        http,
        (log, _req, res) => {
          for (const method of METHODS) wrap(res, method, log, withFirst(method));
        },
        handler,
      ),
    );

    twice(`are called by ${name}, on the prototypes`, async (http) => {
      const log: string[] = [];
      const unwrap = METHODS.map((method) => wrap(http.ServerResponse.prototype, method, log, withFirst(method)));
      try {
        return [await exchange(http, handler), log];
      } finally {
        for (const each of unwrap) each();
      }
    });
  }

  twice('can change the head at the last moment (on-headers)', (http) =>
    exchange(http, (_req, res) => {
      const { writeHead } = res;
      res.writeHead = function (this: ServerResponse, ...args: never[]) {
        this.removeHeader('a');
        this.setHeader('Late', 'yes');
        return (writeHead as Applied).apply(this, args);
      } as never;
      res.setHeader('a', '1');
      res.end('x');
    }),
  );

  twice('can hold back the body and send another (compression)', (http) =>
    exchange(http, (_req, res) => {
      const { write, end } = res;
      const held: string[] = [];
      res.write = ((chunk: string) => {
        held.push(chunk);
        return true;
      }) as never;
      res.end = ((chunk: string) => {
        res.write = write;
        res.end = end;
        res.write(`${held.join('')}${chunk}`.toUpperCase());
        return res.end();
      }) as never;
      res.write('one ');
      res.write('two ');
      res.end('three');
    }),
  );

  twice('can end once, whatever the arguments (express-session)', async (http) => {
    let called = 0;
    const bytes = await exchange(http, (_req, res) => {
      const { end } = res;
      let ended = false;
      res.end = function (this: ServerResponse, ...args: unknown[]) {
        if (ended) return false;
        ended = true;
        return (end as Applied).apply(this, args);
      } as never;
      res.end('hello', () => called++);
    });
    return [bytes, called];
  });

  twice('can add a callback to each write() and to end() (form-data, APM)', async (http) => {
    const log: string[] = [];
    const bytes = await exchange(http, (_req, res) => {
      const { write, end } = res;
      res.write = function (this: ServerResponse, chunk: string) {
        return (write as Applied).call(this, chunk, () => log.push(`written ${chunk}`));
      } as never;
      res.end = function (this: ServerResponse, chunk: string) {
        return (end as Applied).call(this, chunk, () => log.push(`ended ${chunk}`));
      } as never;
      res.write('x');
      res.end('y');
    });
    return [bytes, log];
  });

  twice('can call _implicitHeader() (express-session)', (http) =>
    exchange(http, (_req, res) => {
      const response = res as ServerResponse & { _header: string | null; _implicitHeader(): void };
      const before = response._header;
      response._implicitHeader();
      res.end(`${before} ${response._header?.split('\r\n')[0]}`);
    }),
  );
});

describe('emit replaced', () => {
  const handlers: Readonly<Record<string, Handler>> = {
    'a response': (_req, res) => res.end('x'),
    'a response to a body that is read': (req, res) => {
      req.resume().on('end', () => res.end('x'));
    },
    'a response written in parts': (_req, res) => {
      res.write('x');
      setImmediate(() => res.end('y'));
    },
    'a response destroyed': (_req, res) => {
      res.write('x');
      res.destroy();
    },
    'a request destroyed': (req) => {
      req.destroy();
    },
  };

  for (const [name, handler] of Object.entries(handlers)) {
    twice(`on the response sees ${name}`, (http) =>
      watched(http, (log, _req, res) => wrap(res, 'emit', log, withFirst('res')), handler, post('body')),
    );

    twice(`on the request sees ${name}`, (http) =>
      watched(http, (log, req) => wrap(req, 'emit', log, withFirst('req')), handler, post('body')),
    );

    twice(`on the prototypes sees ${name}`, async (http) => {
      const log: string[] = [];
      const unwrap = [
        wrap(http.Server.prototype, 'emit', log, withFirst('server')),
        wrap(http.ServerResponse.prototype, 'emit', log, withFirst('res')),
        wrap(http.IncomingMessage.prototype, 'emit', log, withFirst('req')),
      ];
      try {
        await exchange(http, handler, { send: post('body') });
        return HOST < 26 ? log : log.sort(); // See `ends` in docs/differences-from-node.md.
      } finally {
        for (const each of unwrap) each();
      }
    });
  }

  twice('can suppress ‘request’, and respond itself', (http) =>
    exchange(http, (_req, res) => res.end('the handler'), {
      prepare: (server) => {
        const { emit } = server;
        server.emit = function (this: unknown, event: string, ...args: never[]) {
          if (event !== 'request') return (emit as Applied).call(this, event, ...args) as boolean;
          (args[1] as ServerResponse).end('the wrapper');
          return true;
        } as never;
      },
    }),
  );

  twice('can be wrapped more than once', (http) =>
    watched(
      http,
      (log, _req, res) => {
        wrap(res, 'emit', log, nameOnly('inner'));
        wrap(res, 'emit', log, nameOnly('outer'));
      },
      (_req, res) => res.end(),
    ),
  );
});

describe('an object whose prototype is the response', () => {
  const ways: Readonly<Record<string, (res: ServerResponse) => void>> = {
    'end()': (res) => res.end('x'),
    'write(), end()': (res) => {
      res.write('x');
      res.end('y');
    },
    'writeHead(), end()': (res) => res.writeHead(201, { a: 'b' }).end('x'),
    'flushHeaders(), end()': (res) => {
      res.flushHeaders();
      res.end('x');
    },
  };
  // The host sends nothing, and leaves the connection open; the expected response is that of the response itself.
  for (const [name, respond] of Object.entries(ways)) {
    it(`sends its own head by ${name}`, async () => {
      const by = await exchange(statewire as never, (_req, res) => respond(Object.create(res)));
      expect(by).toBe(await exchange(statewire as never, (_req, res) => respond(res)));
      expect(by).toMatch(/^HTTP\/1\.1 20/);
    });
  }
});

describe('methods that node:http calls itself are called when they are replaced', () => {
  const INCOMING = ['_read', '_dump', '_destroy', 'destroy', '_addHeaderLines', '_addHeaderLine'];
  const OUTGOING = ['_finish', '_implicitHeader', '_storeHeader', 'writeHead', 'assignSocket', 'detachSocket'];
  const handlers: Record<string, Handler> = {
    'a handler that ignores the request': (req, res) => {
      void req.headers;
      res.end('a');
    },
    'a handler that reads the request': (req, res) => {
      void req.headers;
      req.on('data', () => {}).on('end', () => res.end('a'));
    },
  };
  const chunked =
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nb: c\r\n\r\n';

  for (const [kind, send] of Object.entries({ GET: undefined, POST: post('a'), 'a chunked POST': chunked })) {
    for (const [name, handler] of Object.entries(handlers)) {
      twice(`${name}, ${kind}`, async (http) => {
        const log: string[] = [];
        const unwrap = [
          ...INCOMING.map((method) => wrap(http.IncomingMessage.prototype, method, log, nameOnly(method))),
          ...OUTGOING.map((method) => wrap(http.ServerResponse.prototype, method, log, nameOnly(method))),
        ];
        try {
          await exchange(http, handler, send === undefined ? {} : { send });
        } finally {
          for (const each of unwrap) each();
        }
        // node:http dumps a request without content even if it was read.
        const isRead = kind === 'GET' && handler === handlers['a handler that reads the request'];
        return [...new Set(log)].filter((each) => !(isRead && each === '_dump')).sort();
      });
    }
  }

  twice('fields are what _addHeaderLine makes of them', async (http) => {
    const methods = http.IncomingMessage.prototype as unknown as Methods;
    const { _addHeaderLine: original } = methods;
    methods['_addHeaderLine'] = ((name: string, value: string, into: Record<string, string>) => {
      into[name.toLowerCase()] = `${name}: ${value}`;
    }) as never;
    try {
      return await exchange(http, (req, res) => res.end(JSON.stringify(req.headers)));
    } finally {
      methods['_addHeaderLine'] = original!;
    }
  });

  it('unused-seams: pieces do not pass through _send and _writeRaw', async () => {
    const log: string[] = [];
    const inner = ['_send', '_writeRaw', '_flush', '_flushOutput'];
    const unwrap = inner.map((method) => wrap(statewire.ServerResponse.prototype, method, log, nameOnly(method)));
    try {
      await exchange(statewire as unknown as Http, (_req, res) => res.end('a'));
    } finally {
      for (const each of unwrap) each();
    }
    expect(log).toEqual([]);
  });

  twice('a client’s request: before its end', async (http) => {
    const log: string[] = [];
    const unwrap = wrap(http.ClientRequest.prototype, '_finish', log, nameOnly('_finish'));
    try {
      const request = http.get({ agent: Object.assign(new http.Agent(), { addRequest() {} }) });
      request.on('prefinish', () => log.push('prefinish'));
      request.on('error', () => {}).onSocket(new PassThrough() as never);
      await new Promise(setImmediate);
      request.destroy();
      return log;
    } finally {
      unwrap();
    }
  });
});

describe('a request that is another one for its program (nock)', () => {
  twice("its response goes to a listener that only a replaced 'emit' knows", async ({ createServer, get }) => {
    const server = createServer((_, res) => res.end('body'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const request = get({ host: '127.0.0.1', port, agent: false });
    const other = new EventEmitter();
    const emit = request.emit.bind(request);
    request.emit = (name: string, ...args: unknown[]) =>
      [emit(name, ...args), other.emit(name, ...args)].includes(true);
    const [response] = await once(other, 'response');
    const body: string[] = [];
    // As a program that reads it a turn later.
    await new Promise(setImmediate);
    for await (const part of response.setEncoding('latin1')) body.push(part);
    server.close();
    return body;
  });

  twice("an unclaimed response is discarded, whatever has replaced 'emit'", async ({ Agent, createServer, get }) => {
    const server = createServer((_, res) => res.end('body'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true });
    const request = get({ host: '127.0.0.1', port, agent });
    const log: string[] = [];
    wrap(request, 'emit', log, withFirst('emit'));
    await once(request, 'close');
    agent.destroy();
    server.close();
    return log;
  });

  twice('a program that replaces end() sets `finished` itself', ({ ClientRequest, OutgoingMessage }) => {
    function Mocked(this: object): void {
      (OutgoingMessage as unknown as () => void).call(this);
    }
    inherits(Mocked as never, ClientRequest as never);
    const request = new (Mocked as unknown as new () => ClientRequest & { finished: boolean })();
    const states = () => [request.writableEnded, request.writableFinished];
    const before = states();
    request.finished = true;
    const ended = states();
    Reflect.set(request, 'socket', { writableLength: 1 });
    return [before, ended, states()];
  });
});

/** What Node 24 has and Node 20 lacks; the expectations are the observed behaviour of Node 24. */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { get, head, post } from '../conversations/kit/phrases.js';
import { dial, settle } from '../conversations/kit/wires.js';
import { exchange } from '../facade/kit/exchange.js';
import { http } from '../facade/kit/twice.js';
import { faultOf } from './faults.js';

const { createServer, ServerResponse: Response } = http.statewire;

/** The implementations that must meet the expectations. */
const implementations = Object.entries(http).filter(([name]) => name === 'statewire' || HOST >= 24);

interface NewResponse extends ServerResponse {
  writeInformation(statusCode: unknown, headers?: unknown, callback?: () => void): boolean;
}

type NewRequest = IncomingMessage & { readonly signal: AbortSignal; readonly upgrade: boolean };

describe('response.writeInformation', () => {
  /** The interim part of the sent bytes, and the returned value. */
  async function interim(...args: Parameters<NewResponse['writeInformation']>): Promise<readonly unknown[]> {
    const log: unknown[] = [];
    const bytes = await exchange(http.statewire, (_, res) => {
      log.push((res as NewResponse).writeInformation(...args));
      res.end();
    });
    return [bytes.slice(0, bytes.indexOf('HTTP/1.1 200')), ...log];
  }

  const fields = 'HTTP/1.1 103 Early Hints\r\nx-a: 1\r\nx-b: 2\r\n\r\n';
  const cases: readonly (readonly [string, Parameters<NewResponse['writeInformation']>, string])[] = [
    ['a known status', [102], 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['an unknown status', [150], 'HTTP/1.1 150 unknown\r\n\r\n'],
    ['an object', [103, { 'x-a': '1', 'x-b': 2 }], fields],
    ['alternating names and values', [103, ['x-a', '1', 'x-b', '2']], fields],
    [
      'pairs',
      [
        103,
        [
          ['x-a', '1'],
          ['x-b', '2'],
        ],
      ],
      fields,
    ],
    ['a list of values', [103, { link: ['<a>', '<b>'] }], 'HTTP/1.1 103 Early Hints\r\nlink: <a>,<b>\r\n\r\n'],
    ['no headers', [103, null], 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ];
  for (const [name, args, text] of cases) it(name, async () => expect(await interim(...args)).toEqual([text, true]));

  it('calls back', async () => {
    const log: string[] = [];
    await interim(102, {}, () => log.push('callback'));
    expect(log).toEqual(['callback']);
  });

  it('rejects invalid arguments', () => {
    const request = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage;
    const codeOf = (...args: unknown[]) =>
      faultOf(() => Reflect.apply((new Response(request) as NewResponse).writeInformation, new Response(request), args))
        ?.code;
    expect([99, 101, 200, 103.5, '103'].map((status) => codeOf(status))).toEqual([
      'ERR_OUT_OF_RANGE',
      'ERR_HTTP_INVALID_STATUS_CODE',
      'ERR_OUT_OF_RANGE',
      'ERR_OUT_OF_RANGE',
      'ERR_INVALID_ARG_TYPE',
    ]);
    expect(
      ['text', () => {}, ['a'], { 'a b': '' }, { a: '\r\n' }, { a: undefined }].map((it) => codeOf(103, it)),
    ).toEqual([
      'ERR_INVALID_ARG_TYPE',
      'ERR_INVALID_ARG_TYPE',
      'ERR_INVALID_ARG_VALUE',
      'ERR_INVALID_HTTP_TOKEN',
      'ERR_INVALID_CHAR',
      'ERR_HTTP_INVALID_HEADER_VALUE',
    ]);
  });

  it('throws after the head', async () => {
    const codes: unknown[] = [];
    await exchange(http.statewire, (_, res) => {
      res.writeHead(200);
      codes.push(faultOf(() => (res as NewResponse).writeInformation(102))?.code);
      res.end();
    });
    expect(codes).toEqual(['ERR_HTTP_HEADERS_SENT']);
  });
});

/** Serves one connection; `steps` are the texts and actions of the client, each after the previous one has taken effect. */
async function runClient(server: Server, steps: readonly (string | ((socket: Socket) => unknown))[]): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = await dial((server.address() as AddressInfo).port);
  let bytes = '';
  socket
    .on('error', () => {})
    .on('data', (chunk: Buffer) => {
      bytes += chunk.toString('latin1');
    });
  for (const each of steps) {
    if (typeof each === 'string') socket.write(each);
    else await each(socket);
    await settle();
  }
  socket.destroy();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  return bytes;
}

const reset = (socket: Socket) => socket.resetAndDestroy();
const end = (socket: Socket) => socket.end();

const HALF_POST = `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 8')}half`;

describe('request.signal', () => {
  /** When the signals of the requests are aborted, in order with the requests' events. */
  async function signals(
    handle: (req: NewRequest, res: ServerResponse) => void,
    steps: Parameters<typeof runClient>[1],
  ): Promise<readonly string[]> {
    const log: string[] = [];
    const server = createServer((req, res) => {
      const { signal } = req as NewRequest;
      signal.addEventListener('abort', () => log.push(`abort ${(signal.reason as Error).name}`));
      for (const event of ['aborted', 'end', 'close']) req.on(event, () => log.push(event));
      handle(req as NewRequest, res);
    });
    await runClient(server, steps);
    return log;
  }

  const cut = ['aborted', 'abort AbortError', 'close'];
  const never = () => {};

  it('is aborted neither by a response nor by anything after it', async () => {
    expect(await signals((_, res) => res.end(), [get('/'), get('/'), reset])).toEqual(['end', 'close', 'end', 'close']);
    expect(await signals((_, res) => res.end(), [HALF_POST, 'more'])).toEqual(['end', 'close']);
  });

  it('is aborted with the request', async () => {
    expect(await signals((req) => req.on('error', never).destroy(), [get('/')])).toEqual(cut);
    expect(await signals((req, res) => req.on('error', never) && res.destroy(), [get('/')])).toEqual(cut);
    for (const leave of [reset, end]) {
      expect(await signals((req) => req.on('error', never), [get('/'), leave])).toEqual(cut);
      expect(await signals((req) => req.on('error', never), [HALF_POST, leave])).toEqual(cut);
    }
  });

  it('is aborted with the connection if the request was read and its response is due', async () => {
    const expected = ['end', 'close', 'abort AbortError'];
    for (const leave of [reset, end]) {
      expect(await signals((req) => req.resume(), [post('/', 'body'), leave])).toEqual(expected);
      expect(await signals((req, res) => req.resume() && res.write('x'), [post('/', 'body'), leave])).toEqual(expected);
    }
  });

  it('can be accessed late', async () => {
    const aborted: boolean[] = [];
    const requests: NewRequest[] = [];
    const check = () => aborted.push(requests.at(-1)!.signal.aborted);
    const responding = createServer((req, res) => requests.push(req as NewRequest) && res.end());
    await runClient(responding, [get('/'), check]);
    const waiting = createServer((req) => requests.push(req.on('error', never) as NewRequest));
    await runClient(waiting, [get('/'), reset, check]);
    expect(aborted).toEqual([false, true]);
    expect(requests[0]!.signal).toBe(requests[0]!.signal);
  });
});

describe('server.keepAliveTimeoutBuffer', () => {
  it('is added to keepAliveTimeout', async () => {
    let ended = false;
    const serve = (keepAliveTimeoutBuffer: number) =>
      createServer({ keepAliveTimeout: 20, keepAliveTimeoutBuffer } as object, (_, res) => res.end());
    await runClient(serve(100_000), [
      (socket) => socket.on('end', () => (ended = true)),
      get('/'),
      () => runClient(serve(0), [closed(get('/'))]),
      () => expect(ended).toBe(false),
    ]);
  });

  it('is 1000 ms by default, and can be set', () => {
    const server = createServer() as Server & { keepAliveTimeoutBuffer: number };
    expect(server.keepAliveTimeoutBuffer).toBe(1000);
    server.keepAliveTimeoutBuffer = 5;
    expect(server.keepAliveTimeoutBuffer).toBe(5);
  });

  it('is a number of milliseconds', () => {
    const codes = [-1, 1.5, '1', null].map(
      (keepAliveTimeoutBuffer) => faultOf(() => createServer({ keepAliveTimeoutBuffer } as object))?.code,
    );
    expect(codes).toEqual(['ERR_OUT_OF_RANGE', 'ERR_OUT_OF_RANGE', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE']);
  });
});

/** Sends the text, and waits for the server's close. */
function closed(text: string) {
  return async (socket: Socket) => {
    socket.write(text);
    await once(socket, 'end');
  };
}

describe('shouldUpgradeCallback', () => {
  const upgrade = get('/chat', 'Connection: Upgrade', 'Upgrade: chat');

  /** What happens to the upgrade in `steps`, with this decision of the callback. */
  async function upgraded(decision: boolean, listens: boolean, steps = [upgrade]): Promise<readonly unknown[]> {
    const log: unknown[] = [];
    const shouldUpgradeCallback = ({ url, upgrade, headers }: NewRequest) => {
      log.push(`decides ${url} ${upgrade} ${headers.upgrade}`);
      return decision;
    };
    const server = createServer({ shouldUpgradeCallback } as object, (req, res) => {
      log.push(`request ${(req as NewRequest).upgrade}`);
      res.end();
    });
    server.on('connection', (socket) => socket.on('close', () => log.push('closed')));
    if (listens) {
      server.on('upgrade', (_, socket, head) => {
        log.push(`upgrade ${head}`);
        socket.destroy();
      });
    }
    await runClient(server, [...steps, () => log.push('over')]);
    return log.slice(0, log.indexOf('over'));
  }

  it('true: the connection is handed over', async () => {
    expect(await upgraded(true, true, [`${upgrade}more`])).toEqual([
      'decides /chat true chat',
      'upgrade more',
      'closed',
    ]);
  });

  it('true, without a listener: the connection is closed', async () => {
    expect(await upgraded(true, false)).toEqual(['decides /chat true chat', 'closed']);
  });

  it('false: an ordinary request, with or without a listener', async () => {
    for (const listens of [true, false]) {
      expect(await upgraded(false, listens)).toEqual(['decides /chat true chat', 'request false']);
    }
  });

  it('is not called for other requests', async () => {
    expect(await upgraded(true, true, [get('/')])).toEqual(['request false']);
  });

  it('gets the same request object as the listener', async () => {
    const seen = new Set<IncomingMessage>();
    const note = (req: IncomingMessage) => void seen.add(req);
    const server = createServer({ shouldUpgradeCallback: note } as object, (req, res) => {
      note(req);
      res.end();
    });
    await runClient(server, [upgrade]);
    expect(seen.size).toBe(1);
  });
});

describe.each(implementations)('end(callback) of %s', (name, face) => {
  /** The events of a response that `end` ends, each with `writableFinished`. */
  async function eventsOf(
    end: (res: ServerResponse, note: (what: string) => void) => void,
  ): Promise<readonly string[]> {
    const log: string[] = [];
    await exchange(face, (_, res) => {
      const note = (what: string) => void log.push(`${what}, ${res.writableFinished}`);
      for (const event of ['prefinish', 'finish', 'close']) res.on(event, () => note(event));
      end(res, note);
    });
    return log;
  }

  const BEGUN = ['prefinish, false', 'end(), false'];

  it('calls back before finish, in any order of listeners', async () => {
    const log = await eventsOf((res, note) => {
      res.end('x', (error?: unknown) => note(`callback ${error}`));
      note('end()');
    });
    expect(log).toEqual([...BEGUN, 'callback null, true', 'finish, true', 'close, true']);
  });

  it('calls back every callback', async () => {
    const log = await eventsOf((res, note) => {
      for (const name of ['first', 'second']) res.end((error?: unknown) => note(`${name} ${error}`));
      note('end()');
    });
    expect(log).toEqual([...BEGUN, 'first null, true', 'second null, true', 'finish, true', 'close, true']);
  });

  it('calls back with the error that destroyed the response', async () => {
    const log = await eventsOf((res, note) => {
      res.on('error', () => {});
      res.socket?.on('error', () => {});
      res.end((error?: unknown) => note(`${error}`));
      note('end()');
      res.destroy(new Error('boom'));
    });
    expect(log).toEqual([...BEGUN, 'Error: boom, false', 'close, false']);
  });

  it('calls back for a response that was already destroyed', async () => {
    const log = await eventsOf((res, note) => {
      res.destroy();
      res.end('x', (error?: Error | null) => note(`${error}`));
      note('end()');
    });
    const lost = 'Error [ERR_STREAM_DESTROYED]: Cannot call end after a stream was destroyed';
    // See `lost-callbacks` in docs/differences-from-node.md.
    expect(log).toEqual([...BEGUN, ...(name === 'statewire' ? [`${lost}, false`] : []), 'close, false']);
  });
});

describe.each(implementations)('optimizeEmptyRequests of %s', (_, face) => {
  /** The events of a request, and the state of its stream when emitted. */
  async function eventsOf(send: string, use: (req: IncomingMessage) => unknown): Promise<readonly string[]> {
    const log: string[] = [];
    const handle = async (req: IncomingMessage, res: ServerResponse) => {
      log.push(`${req.readableEnded}, ${req.destroyed}, ${req.closed}, ${(req as { _dumped?: boolean })._dumped}`);
      for (const event of ['end', 'error', 'aborted', 'close']) req.on(event, () => log.push(event));
      await use(req);
      log.push('used');
      res.end();
    };
    await exchange(face, handle, { send, options: { optimizeEmptyRequests: true } as ServerOptions });
    return log;
  }

  const GET = get('/', 'Connection: close');
  const OVER = 'true, true, true, true';

  it.each<[string, string, (req: IncomingMessage) => unknown]>([
    ['a GET has already ended', GET, () => {}],
    ['a POST without a length has already ended', GET.replace('GET', 'POST'), (req) => req.resume()],
    ['destroy(error)', GET, (req) => req.destroy(new Error('boom'))],
    ['read()', GET, (req) => expect(req.read()).toBe(null)],
    [
      'for await',
      GET,
      async (req) => {
        for await (const chunk of req) expect.unreachable(chunk);
      },
    ],
    ['finished()', GET, (req) => finished(req)],
    ['pipeline()', GET, (req) => pipeline(req, new PassThrough().resume())],
  ])('%s', async (_name, send, use) => {
    expect(await eventsOf(send, use)).toEqual([OVER, 'used']);
  });

  it.each([
    ['Content-Length: 0', ''],
    ['Content-Length: 1', 'x'],
    ['Transfer-Encoding: chunked', '0\r\n\r\n'],
  ])('%s: the request emits end', async (field, body) => {
    const log = await eventsOf(head('POST / HTTP/1.1', 'Host: a', field, 'Connection: close') + body, (req) => {
      return once(req.resume(), 'end');
    });
    expect(log.slice(0, 2)).toEqual(['false, false, false, false', 'end']);
  });

  it('must be a boolean', () => {
    expect(() => face.createServer({ optimizeEmptyRequests: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });
});

describe.each(implementations)('request.path of %s', (_, face) => {
  const request = () => face.request({ agent: Object.assign(new face.Agent(), { addRequest: () => {} }), path: '/a' });

  it('can be set', () => {
    const changed = request();
    changed.path = '/b';
    changed.flushHeaders();
    expect([changed.path, (changed as unknown as { _header: string })._header]).toEqual([
      '/b',
      expect.stringMatching(/^GET \/b HTTP/),
    ]);
  });

  it.each(['/a b', '/\r\nX: y', '/\0'])('cannot be set to %j', (path) => {
    const kept = request();
    expect(() => Object.assign(kept, { path })).toThrow(expect.objectContaining({ code: 'ERR_UNESCAPED_CHARACTERS' }));
    expect(kept.path).toBe('/a');
  });
});

describe.each(implementations)('setDefaultHeaders: false, of %s', (_, face) => {
  /** The bytes sent for a request. */
  function sent(options: object, ...body: string[]): Promise<string> {
    return new Promise((resolve) => {
      const peer = net.createServer((socket) => {
        let bytes = '';
        socket
          .on('error', () => {})
          .on('data', (chunk) => {
            bytes += chunk;
          });
        setImmediate(() => setImmediate(() => socket.end('HTTP/1.1 204 No Content\r\n\r\n')));
        socket.on('close', () => {
          peer.close();
          resolve(bytes);
        });
      });
      peer.listen(0, '127.0.0.1', () => {
        const { port } = peer.address() as AddressInfo;
        const request = face.request({ host: '127.0.0.1', port, agent: false, setDefaultHeaders: false, ...options });
        request.on('response', (response) => response.resume()).on('error', () => {});
        request.end(...(body as [string]));
      });
    });
  }

  it.each<[string, object, string[], string]>([
    ['nothing is added', {}, [], 'GET / HTTP/1.1\r\n\r\n'],
    ['nothing is added to POST', { method: 'POST' }, [], 'POST / HTTP/1.1\r\n\r\n'],
    ['nothing is added to POST with a body', { method: 'POST' }, ['body'], 'POST / HTTP/1.1\r\n\r\nbody'],
    [
      'fields are sent',
      { headers: { 'Content-Length': 4, 'X-A': 1 }, method: 'PUT' },
      ['body'],
      'PUT / HTTP/1.1\r\nContent-Length: 4\r\nX-A: 1\r\n\r\nbody',
    ],
    [
      'lines are sent',
      { headers: ['x-a', '1', 'Transfer-Encoding', 'chunked'], method: 'PUT' },
      ['body'],
      'PUT / HTTP/1.1\r\nx-a: 1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
    ],
  ])('%s', async (_name, options, body, expected) => expect(await sent(options, ...body)).toBe(expected));

  it('except Host with setHost', async () => {
    expect(await sent({ method: 'POST', setHost: true })).toMatch(/^POST \/ HTTP\/1.1\r\nHost: 127.0.0.1:\d+\r\n\r\n$/);
  });
});

describe('an interim response', () => {
  it('has no framing headers', async () => {
    const bytes = await exchange(http.statewire, (_, res) => {
      (res as NewResponse).writeInformation(150, { 'Content-Length': 5, 'transfer-encoding': 'chunked', a: 1 });
      res.writeEarlyHints({ link: '</a>', 'Content-Length': '5' });
      res.end();
    });
    const interim = 'HTTP/1.1 150 unknown\r\na: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    expect(bytes.slice(0, bytes.indexOf('HTTP/1.1 200'))).toBe(interim);
  });
});

describe('request.path set to undefined', () => {
  it('is undefined, as before Node 24, until it is sent', () => {
    const { request, Agent } = http.statewire;
    const changed = request({ agent: Object.assign(new Agent(), { addRequest: () => {} }) });
    Object.assign(changed, { path: undefined });
    expect(changed.path).toBeUndefined();
    changed.flushHeaders();
    expect((changed as unknown as { _header: string })._header).toMatch(/^GET undefined HTTP/);
  });
});

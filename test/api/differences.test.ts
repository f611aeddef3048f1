/** Rows of docs/differences-from-node.md that no conversation shows. Each test proves both behaviours. */
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, OutgoingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';
import { Duplex, Writable } from 'node:stream';
import { inherits } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { get } from '../conversations/kit/phrases.js';
import { settle } from '../conversations/kit/wires.js';
import { chunkedWithTrailers, exchange, type Handler, listen, withPeer } from '../facade/kit/exchange.js';
import { differs, type Http, http } from '../facade/kit/twice.js';
import { faultOf } from './faults.js';

const { host, statewire } = http;

/** The `socket.timeout` of an idle connection that has served a request. */
async function idleTimeout({ createServer }: Http): Promise<number | undefined> {
  const server = createServer((_, res) => res.end());
  const accepted = once(server, 'connection');
  let timeout: number | undefined;
  await withPeer(server, async (peer) => {
    const [socket] = await accepted;
    peer.resume().write(get('/'));
    await settle();
    timeout = socket.timeout;
  });
  return timeout;
}

async function parserMembers(http: Http): Promise<readonly boolean[]> {
  const found: boolean[] = [];
  await exchange(http, (req, res) => {
    const { parser } = req.socket as unknown as { parser: object };
    found.push(...['consume', 'socket', 'incoming'].map((name) => name in parser));
    res.end();
  });
  return found;
}

async function entries(http: Http): Promise<number> {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    count += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['http'] });
  await exchange(http, (_, res) => res.end());
  await settle();
  observer.disconnect();
  return count;
}

function stackTraceLimit({ validateHeaderValue }: Http): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 7;
  try {
    expect(() => validateHeaderValue(Symbol('name') as unknown as string, '\n')).toThrow(TypeError);
    return Error.stackTraceLimit;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What the peer receives as a response, or the error that prevented it. */
async function responseOf(http: Http, handler: (res: ServerResponse) => void): Promise<string> {
  let fault = '';
  const received = await exchange(http, (_req, res) => {
    try {
      res.sendDate = false;
      handler(res);
    } catch (error) {
      fault = (error as Error).name;
      res.destroy();
    }
  });
  return fault || received;
}

const pairsOverHeaders = (http: Http): Promise<string> =>
  responseOf(http, (res) => {
    res.setHeader('A', '0');
    res
      .writeHead(204, [
        ['B', '1'],
        ['C', ['2', '3']],
      ] as never)
      .end();
  });

const derived = (http: Http): Promise<string> =>
  responseOf(http, (res) => {
    const derivedResponse = Object.create(res) as ServerResponse;
    derivedResponse.write('x');
    derivedResponse.end('y');
    if (!res.writableEnded) setImmediate(() => res.destroy());
  });

/** The events that reach the first listeners of a message, added a tick after `end()`. */
async function lateListeners(http: Http): Promise<string[]> {
  const log: string[] = [];
  await exchange(http, (req, res) => {
    res.end();
    process.nextTick(() => {
      listen(log, 'res', res, ['finish', 'close']);
      listen(log, 'req', req, ['end', 'close']);
    });
  });
  return log;
}

/** The events that pass through a replaced `emit` of a server that receives garbage. */
async function emittedFaults(http: Http): Promise<string[]> {
  const log: string[] = [];
  const prepare = (server: Server) => {
    const emit = server.emit as (name: string, ...args: unknown[]) => boolean;
    server.emit = function (name: string, ...args: never[]) {
      if (name !== 'listening' && name !== 'close') log.push(name);
      return emit.call(this, name, ...args);
    };
  };
  await exchange(http, () => {}, { send: 'garbage\r\n\r\n', prepare });
  return log;
}

/** How often 'clientError' is emitted for garbage after a request that is due, and for more of it, if the socket stays open. */
async function lateFaults({ createServer }: Http): Promise<number> {
  let count = 0;
  const server = createServer((_, res) => res.end()).on('clientError', () => count++);
  await withPeer(server, async (peer) => {
    for (const sent of [`${get('/')}garbage\r\n`, 'more\r\n']) {
      peer.resume().write(sent);
      await settle();
    }
  });
  return count;
}

/** Whether there is a response on a client's socket without a listener of 'data'. */
async function withoutDataListener({ createServer, get: request }: Http): Promise<boolean> {
  const server = createServer((_, res) => res.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  let found = false;
  const req = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
  req.on('socket', (socket) => socket.removeAllListeners('data'));
  req.on('response', (res) => {
    found = true;
    res.resume();
  });
  req.on('error', () => {});
  await settle();
  req.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return found;
}

/** Whether a response has its socket at 'finish': in a replaced `emit`, in a prepended listener, and in another. */
async function socketAtFinish(http: Http): Promise<boolean[]> {
  const found: boolean[] = [];
  await exchange(http, (_req, res) => {
    const { emit } = res;
    res.emit = function (name: string, ...args: unknown[]) {
      if (name === 'finish') found.push(res.socket !== null);
      return emit.call(this, name, ...args);
    };
    res.on('finish', () => found.push(res.socket !== null));
    res.prependListener('finish', () => found.push(res.socket !== null));
    res.end();
  });
  return found;
}

/** The events of a destroyed request created by an inheriting constructor that does not call ClientRequest. */
async function withoutArguments({ ClientRequest, OutgoingMessage }: Http, listens: boolean): Promise<string[]> {
  function Derived(this: object): void {
    (OutgoingMessage as unknown as () => void).call(this);
  }
  inherits(Derived as never, ClientRequest as never);
  const request = new (Derived as unknown as new () => ClientRequest)();
  const log: string[] = [];
  if (listens) request.on('error', (error) => log.push(error.message));
  request.on('close', () => log.push('close')).destroy();
  await settle();
  return log;
}

/** The events of a response that the program created and assigned a socket. */
async function handMade({ IncomingMessage, ServerResponse }: Http): Promise<string[]> {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const log: string[] = [];
  for (const event of ['finish', 'close']) response.on(event, () => log.push(event));
  response.assignSocket(new Writable({ write: (_chunk, _encoding, done) => done() }) as Socket);
  response.end('x');
  await settle();
  return log;
}

/** What a response emits that was destroyed before it got a socket. */
async function assignedLate({ IncomingMessage, ServerResponse }: Http): Promise<string[]> {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.destroy();
  const log: string[] = [];
  response.on('socket', () => log.push('socket'));
  response.assignSocket(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }) as Socket);
  await settle();
  return log;
}

/** How many listeners an idle client's socket has, then a server's. */
async function idleListeners({ Agent, createServer, get }: Http): Promise<number[][]> {
  const server = createServer((_, res) => res.end());
  const accepted = once(server, 'connection');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new Agent({ keepAlive: true });
  const req = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent }, (res) => res.resume());
  await once(req, 'close');
  await settle();
  const [socket] = await accepted;
  const counts = [req.socket as Socket, socket as Socket].map((each) =>
    ['data', 'drain', 'close', 'end', 'finish'].map((event) => each.listenerCount(event)),
  );
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
  return counts;
}

/** How many sockets are opened for two requests with maxSockets 1 if opening takes a while. */
async function opened({ Agent, get }: Http): Promise<number> {
  let count = 0;
  class Late extends Agent {
    override createConnection(_options: unknown, done?: (error: Error | null, socket: Duplex) => void): undefined {
      count++;
      setImmediate(() => done?.(null, new Duplex({ read() {}, write: (_chunk, _encoding, written) => written() })));
    }
  }
  const agent = new Late({ maxSockets: 1 });
  const requests = [get({ agent }), get({ agent })];
  for (const request of requests) request.on('error', () => {});
  await settle();
  for (const request of requests) request.destroy();
  agent.destroy();
  return count;
}

/** What a request has as `trailersDistinct` at its end, having been asked for it before. */
async function earlyTrailers(http: Http): Promise<unknown> {
  let last: unknown;
  const handler: Handler = async (req, res) => {
    const early = req.trailersDistinct;
    for await (const _ of req);
    last = req.trailersDistinct === early && { ...early };
    res.end();
  };
  await exchange(http, handler, { send: chunkedWithTrailers('T: 1\r\nt: 2\r\n') });
  return last;
}

/** The headers of messages whose `rawHeaders` the program has set. */
const ownRawHeaders = ({ IncomingMessage }: Http): unknown[] =>
  [[], ['A', '1']].map((received) => {
    const message = new IncomingMessage(new Socket()) as IncomingMessage & {
      _addHeaderLines(...args: unknown[]): void;
    };
    message._addHeaderLines(received, received.length);
    message.rawHeaders = ['B', '2', 'C', '3'];
    return message.headers;
  });

/** What `setTimeout()` with an invalid time throws, of a response without a socket; and its later socket. */
function lateTimeout({ IncomingMessage, ServerResponse }: Http): unknown[] {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const calls = [() => response.setTimeout(-1), () => response.assignSocket(new Socket())];
  return calls.map((call) => (faultOf(call) as NodeJS.ErrnoException | undefined)?.code);
}

/** `writableCorked` after `write()`, and after `cork()` behind an `uncork()` too many. */
function corks({ IncomingMessage, ServerResponse }: Http): number[] {
  const [written, uncorked] = [0, 1].map(() => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.assignSocket(new Writable({ write: (_chunk, _encoding, done) => done() }) as Socket);
    return response;
  }) as [ServerResponse, ServerResponse];
  written.write('x');
  uncorked.uncork();
  uncorked.cork();
  return [written.writableCorked, uncorked.writableCorked];
}

/** By how much `writableLength` grows by a corked chunk of 3 bytes. */
function corkedLength({ OutgoingMessage }: Http): number {
  const message = new OutgoingMessage() as OutgoingMessage & { _storeHeader(...args: unknown[]): void };
  message._storeHeader('HTTP/1.1 200 OK\r\n', {});
  message.write('abc');
  message.cork();
  const { writableLength } = message;
  message.write('def');
  return message.writableLength - writableLength;
}

/** The outcomes of calling the classes without `new`. */
function bareCalls(http: Http): unknown[] {
  const head = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1, headers: {} };
  const classes = ['OutgoingMessage', 'ServerResponse', 'IncomingMessage'] as const;
  return classes.map((name) => {
    const { [name]: Class } = http as unknown as Record<string, (head: object) => { constructor: unknown }>;
    return faultOf(() => expect(Class!(head).constructor).toBe(Class))?.name;
  });
}

/** A stream that a program gives, and what it has been sent. */
function given(): { readonly stream: Duplex; readonly sent: () => string } {
  let sent = '';
  const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
    sent += chunk;
    done();
  };
  return { stream: new Duplex({ read: () => {}, write }), sent: () => sent };
}

/** Which connections given to a server that never listens are open after the call: unused, idle, with a response due. */
async function openAfter({ createServer }: Http, close: (server: Server) => void): Promise<boolean[]> {
  const server = createServer((req, res) => {
    if (req.url === '/idle') res.end();
  });
  const requests = ['', get('/idle'), get('/due')];
  const streams = requests.map((request) => {
    const { stream } = given();
    server.emit('connection', stream);
    if (request !== '') stream.push(request);
    return stream;
  });
  await settle();
  close(server);
  await settle();
  const open = streams.map((stream) => !stream.destroyed && !stream.writableEnded);
  for (const stream of streams) stream.destroy();
  return open;
}

/** What a server sends on a stream that has emitted an error, and is open. */
async function afterAnError({ createServer }: Http): Promise<string> {
  const server = createServer((_req, res) => res.end()).on('clientError', () => {});
  const { stream, sent } = given();
  server.emit('connection', stream);
  stream.emit('error', new Error('mine'));
  stream.push(get('/'));
  await settle();
  stream.destroy();
  return sent().slice(0, 15);
}

/** The events of a request whose stream emits an error at once. */
async function earlyError({ request }: Http): Promise<string[]> {
  const log: string[] = [];
  const { stream } = given();
  const req = request({ createConnection: () => stream });
  listen(log, 'req', req, ['socket', 'error', 'close']);
  const fault = faultOf(() => stream.emit('error', new Error('mine')));
  if (fault) log.push('thrown');
  req.end();
  await settle();
  stream.destroy();
  return [...log];
}

/** The events of a request that goes on when the program has ended its socket. */
async function endedUpload({ request }: Http): Promise<string[]> {
  const log: string[] = [];
  const { stream } = given();
  const req = request({ method: 'POST', createConnection: () => stream });
  req.on('error', ({ code }: NodeJS.ErrnoException) => log.push(String(code)));
  req.write('one');
  await settle();
  stream.end();
  req.end('two');
  await settle();
  stream.destroy();
  return [...log];
}

/** What arrives of the first of two responses, whose socket is destroyed in the turn of its write. */
async function cutInTurn({ createServer }: Http): Promise<string> {
  const { stream, sent } = given();
  const server = createServer((req, res) => {
    if (req.url !== '/a') return;
    res.write('one');
    req.socket.destroy();
  });
  server.emit('connection', stream);
  stream.push(get('/a') + get('/b'));
  await settle();
  return sent().slice(0, 15);
}

/** What a server without a listener of 'upgrade' sends after bytes that are no HTTP, and whether it ends the connection. */
async function noHttpAfterUpgrade({ createServer }: Http): Promise<unknown> {
  const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
  let received = '';
  let isEnded = false;
  await withPeer(
    createServer((_, res) => res.end()),
    async (peer) => {
      peer.on('data', (chunk) => {
        received += chunk;
      });
      peer.on('end', () => {
        isEnded = true;
      });
      for (const bytes of [upgrade, 'no HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n']) {
        if (!isEnded) peer.write(bytes);
        await settle();
      }
    },
  );
  return [received.match(/HTTP\/1.1 \d+/g), isEnded];
}

describe('a difference from Node', () => {
  const closing = [
    ['closeAllConnections', [false, false, false]],
    ['closeIdleConnections', [true, false, true]],
    ['close', [false, false, true]],
  ] as const;
  for (const [method, open] of closing)
    differs(
      `never-listened, ${method}()`,
      (http) => openAfter(http, (server) => server[method]()),
      [true, true, true],
      [...open],
    );
  differs('data-listener', withoutDataListener, false, true);
  differs(
    'unclaimed-upgrade, and bytes that are no HTTP',
    noHttpAfterUpgrade,
    [['HTTP/1.1 200'], false],
    [['HTTP/1.1 200', 'HTTP/1.1 400'], true],
  );
  differs('late-fault, and more of it', lateFaults, 2, 1);
  differs('fault-once, after an error of a stream', afterAnError, 'HTTP/1.1 200 OK', '');
  differs('early-error', earlyError, HOST < 24 ? ['thrown', 'req.socket'] : ['req.error', 'req.socket', 'req.close'], [
    'req.socket',
    'req.error',
    'req.close',
  ]);
  differs(
    'unique-lists',
    ({ createServer }) => faultOf(() => createServer({ uniqueHeaders: [['a']] }))?.name,
    'TypeError',
    undefined,
  );
  it('write-header', () => {
    expect('writeHeader' in host.ServerResponse.prototype).toBe(HOST < 26);
    expect('writeHeader' in statewire.ServerResponse.prototype).toBe(true);
  });
  differs('ended-upload', endedUpload, [], ['ERR_STREAM_WRITE_AFTER_END']);
  differs('one-write, destroyed in that turn', cutInTurn, '', 'HTTP/1.1 200 OK');
  differs('late-timeout', lateTimeout, [undefined, 'ERR_OUT_OF_RANGE'], ['ERR_OUT_OF_RANGE', undefined]);
  differs('corks', corks, HOST < 22 ? [1, 1] : HOST < 26 ? [0, 0] : [1, 0], [0, 1]);
  differs('corks, in writableLength', corkedLength, HOST < 22 || HOST >= 26 ? 8 : 3, 3);
  differs('without-new', bareCalls, Array(3).fill('TypeError'), Array(3).fill(undefined));
  differs(
    'taken-socket, of a message made without one',
    ({ IncomingMessage }) => faultOf(() => new IncomingMessage(null as never).setTimeout(9))?.name,
    'TypeError',
    undefined,
  );
  differs(
    'odd-numbers, of an agent',
    ({ Agent }) => faultOf(() => new Agent({ maxSockets: Symbol('x') as never }))?.name,
    undefined,
    'TypeError',
  );
  differs(
    'path-setter, of an object as option',
    ({ Agent, request }) => {
      const agent = Object.assign(new Agent(), { addRequest: () => {} });
      return typeof request({ agent, path: ['/a'] as never }).path;
    },
    'object',
    'string',
  );
  differs('early-trailers', earlyTrailers, {}, { t: ['1', '2'] });
  differs(
    'own-raw-headers',
    ownRawHeaders,
    [{}, { b: '2' }],
    [
      { b: '2', c: '3' },
      { b: '2', c: '3' },
    ],
  );
  differs(
    'pairs',
    pairsOverHeaders,
    'TypeError',
    'HTTP/1.1 204 No Content\r\nA: 0\r\nB: 1\r\nC: 2\r\nC: 3\r\nConnection: close\r\n\r\n',
  );
  differs('derived-response', async (http) => (await derived(http)).includes('\r\n0\r\n\r\n'), false, true);
  differs('unasked-request', (http) => withoutArguments(http, false), [], ['close']);
  differs(
    'unasked-request, with an error listener',
    (http) => withoutArguments(http, true),
    [],
    ['socket hang up', 'close'],
  );
  differs(
    'late-listeners',
    lateListeners,
    HOST < 26 ? ['res.close', 'req.end', 'req.close'] : ['req.end', 'res.close', 'req.close'],
    [],
  );
  differs('unclaimed-fault', emittedFaults, ['connection', 'clientError'], ['connection']);
  differs('socket-at-finish', socketAtFinish, [true, true, false], [false, false, false]);
  differs('hand-made-response', handMade, ['finish'], ['finish', 'close']);
  differs('hand-made-response, destroyed before', assignedLate, ['socket'], []);
  differs(
    'kept-listeners',
    idleListeners,
    [
      [0, 0, 1, 1, 0],
      [1, 1, 1, 2, 0],
    ],
    [
      [1, 1, 2, 2, 0],
      [1, 1, 2, 2, 1],
    ],
  );
  differs('opening-sockets', opened, 2, 1);
  differs('idle-timer', idleTimeout, 6000, undefined);
  differs('parser', parserMembers, [true, true, true], [false, false, true]);
  differs('performance', entries, 1, 0);
  differs('stack-trace-limit', stackTraceLimit, 0, 7);
  differs(
    'join-duplicates',
    ({ createServer }) => (createServer() as unknown as { joinDuplicateHeaders: unknown }).joinDuplicateHeaders,
    undefined,
    false,
  );
});

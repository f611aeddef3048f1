/** A server apart from its requests: options, the forms of listen(), dropped connections. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server, ServerOptions } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { type Http, twice } from '../facade/kit/twice.js';
import { describeError, faultOf } from './faults.js';

/** Values for any option. */
const ANYTHING: readonly unknown[] = [
  ...[undefined, null, true, false, '', 'x', 0, -0, 1, -1, 1.5, 10, 2 ** 31, 2 ** 53, Number.NaN, Infinity, 1n],
  ...[{}, [], ['x-a', 'X-B'], () => false, class Named {}],
];

const OPTIONS: readonly (keyof ServerOptions)[] = [
  ...(['connectionsCheckingInterval', 'headersTimeout', 'requestTimeout', 'keepAliveTimeout'] as const),
  ...(['keepAlive', 'keepAliveInitialDelay', 'noDelay', 'highWaterMark', 'insecureHTTPParser'] as const),
  ...(['maxHeaderSize', 'joinDuplicateHeaders', 'requireHostHeader', 'uniqueHeaders', 'IncomingMessage'] as const),
  ...(['ServerResponse', 'rejectNonStandardBodyWrites'] as const),
];

/** The properties of a server; `joinDuplicateHeaders` is false where the host leaves it undefined. */
const PROPERTIES = [
  ...['headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'timeout', 'connectionsCheckingInterval'],
  ...['maxHeadersCount', 'maxRequestsPerSocket', 'maxConnections', 'listening', 'maxHeaderSize', 'insecureHTTPParser'],
  ...['requireHostHeader', 'rejectNonStandardBodyWrites', 'httpAllowHalfOpen', 'noDelay', 'keepAlive'],
  ...['keepAliveInitialDelay', 'highWaterMark', 'allowHalfOpen', 'pauseOnConnect'],
];

/** The properties of a server created with `options`, or the error. */
function constructed({ createServer }: Http, options: unknown): unknown {
  let server: Record<string, unknown> = {};
  const fault = faultOf(() => {
    server = createServer(options as ServerOptions) as unknown as Record<string, unknown>;
  });
  if (fault) return fault;
  return [Boolean(server['joinDuplicateHeaders']), ...PROPERTIES.map((name) => [name, name in server, server[name]])];
}

/** See `odd-numbers` in docs/differences-from-node.md. */
const isOddMark = (name: string, value: unknown): boolean =>
  name === 'highWaterMark' && typeof value === 'number' && !(value < 0) && !Number.isSafeInteger(value);

/** Here a text may be valid: the error of another one names it, too (test/api/validate.test.ts). */
const isText = (name: string, value: unknown): boolean => name === 'requireHostHeader' && typeof value === 'string';

describe('createServer', () => {
  for (const name of OPTIONS) {
    const values = ANYTHING.filter((value) => !isOddMark(name, value) && !isText(name, value));
    twice(name, (http) => values.map((value) => constructed(http, { [name]: value })));
  }

  twice('options of any type', (http) => ANYTHING.map((options) => constructed(http, options)));

  const timeouts = [undefined, 0, 10, 50, 1000, 60_000, 61_000, 400_000];
  twice('headersTimeout within requestTimeout', (http) =>
    timeouts.flatMap((headersTimeout) =>
      timeouts.map((requestTimeout) => constructed(http, { headersTimeout, requestTimeout })),
    ),
  );
});

const folder = mkdtempSync(join(tmpdir(), 'listen-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (): string => join(folder, `${sockets++}`);
let sockets = 0;

async function another(): Promise<net.Server> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Creates the arguments of a `listen` call; `note` is the callback, servers in `beside` are closed afterwards. */
type Form = (note: () => void, beside: net.Server[]) => unknown[] | Promise<unknown[]>;

const FORMS: Readonly<Record<string, Form>> = {
  nothing: () => [],
  'a port': () => [0],
  'a port as a string': () => ['0'],
  'a port and a callback': (note) => [0, note],
  'a port and a host': () => [0, '127.0.0.1'],
  'a port and a backlog': () => [0, 5],
  'a port, a host, a backlog and a callback': (note) => [0, '127.0.0.1', 5, note],
  'null for host and backlog': (note) => [0, null, null, note],
  'a path': () => [path()],
  'a path and a callback': (note) => [path(), note],
  'options: path': () => [{ path: path() }],
  'options: path, readableAll and writableAll': () => [{ path: path(), readableAll: true, writableAll: true }],
  'options: port and host': () => [{ port: 0, host: '127.0.0.1' }],
  'options: backlog and exclusive': () => [{ port: 0, host: '127.0.0.1', backlog: 5, exclusive: true }],
  'options: a signal that is already aborted': () => [{ port: 0, signal: AbortSignal.abort() }],
  'options: a signal that is no AbortSignal': () => [{ port: 0, signal: 3 }],
  'options: neither port nor path': () => [{}],
  'the handle of another server': async (_, beside) => {
    beside.push(await another());
    return beside;
  },
  'a port that is taken': async (_, beside) => {
    beside.push(await another());
    return [(beside[0]!.address() as AddressInfo).port, '127.0.0.1'];
  },
  'a port out of range': () => [70_000],
  'a boolean': () => [true],
  'an invalid file descriptor': () => [{ fd: 9999 }],
};

/** What a client receives from a server, wherever it listens. */
async function served(server: Server): Promise<string> {
  const address = server.address() as string | AddressInfo;
  const socket = typeof address === 'string' ? net.connect(address) : net.connect(address.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let bytes = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    bytes += chunk;
  });
  await once(socket, 'close');
  return bytes.slice(-2);
}

/** The outcome of listening with these arguments. */
async function listening({ createServer }: Http, form: Form): Promise<readonly unknown[]> {
  const log: unknown[] = [];
  const beside: net.Server[] = [];
  const server = createServer((_, res) => res.end('hi'));
  for (const event of ['listening', 'error', 'close']) {
    server.on(event, (error?: NodeJS.ErrnoException) => log.push(event, error?.code));
  }
  const args = await form(() => log.push('callback'), beside);
  const fault = faultOf(() => log.push(Reflect.apply(server.listen, server, args) === server));
  log.push(fault);
  await settle();
  log.push(server.listening, typeof server.address());
  if (server.listening) {
    log.push(await served(server));
    await new Promise((resolve) => server.close(resolve));
  }
  for (const each of beside) each.close();
  return log;
}

describe('server.listen', () => {
  for (const [name, form] of Object.entries(FORMS)) twice(name, (http) => listening(http, form));

  twice('a signal closes the server', async ({ createServer }) => {
    const controller = new AbortController();
    const server = createServer().listen({ port: 0, signal: controller.signal });
    await once(server, 'listening');
    controller.abort();
    await once(server, 'close');
    return [server.listening];
  });

  twice('again, after a close', async ({ createServer }) => {
    const server = createServer((_, res) => res.end('hi'));
    const responses: string[] = [];
    for (let round = 0; round < 2; round++) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      responses.push(await served(server));
      await new Promise((resolve) => server.close(resolve));
    }
    return responses;
  });

  twice('while it listens', async ({ createServer }) => {
    const server = createServer().listen(0, '127.0.0.1');
    const fault = faultOf(() => server.listen(0));
    await once(server, 'listening');
    server.close();
    return [fault];
  });
});

describe('server[Symbol.asyncDispose]', () => {
  twice('waits for the close', async ({ createServer }) => {
    const log: unknown[] = [];
    const server = createServer().listen(0, '127.0.0.1');
    server.on('close', () => log.push('close'));
    await once(server, 'listening');
    log.push(await server[Symbol.asyncDispose](), server.listening);
    return log;
  });

  twice('rejects if the server does not listen', async ({ createServer }) => {
    const [{ reason }] = (await Promise.allSettled([createServer()[Symbol.asyncDispose]()])) as [PromiseRejectedResult];
    return describeError(reason);
  });
});

describe('server.maxConnections', () => {
  twice('drops a connection too many, and accepts another after one has closed', async ({ createServer }) => {
    const log: unknown[] = [];
    const server = createServer();
    server.maxConnections = 1;
    server.on('connection', () => log.push('connection'));
    server.on('drop', (data) => log.push('drop', Object.keys(data as object).sort()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connect = () => net.connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
    const first = connect();
    await once(server, 'connection');
    await once(connect(), 'close');
    server.getConnections((_, count) => log.push(count));
    const [[accepted]] = await Promise.all([once(first, 'close'), first.destroy()]);
    log.push(accepted);
    await settle();
    const last = connect();
    await once(server, 'connection');
    last.destroy();
    await new Promise((resolve) => server.close(resolve));
    return log;
  });
});

/** A property of Object.prototype is not an option. Each option name is set there while objects are created. */
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';

// biome-ignore lint/suspicious/noExplicitAny: properties are read by name.
type Any = any;

const options: Readonly<Record<string, unknown>> = {
  // Options of a request.
  method: 'TRACE',
  path: '/polluted',
  host: 'polluted.test',
  hostname: 'polluted.test',
  port: 1,
  defaultPort: 1,
  protocol: 'gopher:',
  href: 'http://polluted.test/',
  headers: { 'x-polluted': '1' },
  auth: 'polluted:x',
  agent: 'polluted',
  _defaultAgent: 'polluted',
  timeout: 1,
  signal: 'polluted',
  createConnection: () => null,
  socketPath: '/polluted',
  setHost: false,
  setDefaultHeaders: false,
  uniqueHeaders: ['x-a'],
  joinDuplicateHeaders: true,
  insecureHTTPParser: true,
  httpValidation: 'insecure',
  maxHeaderSize: 1,
  // Options of a server.
  requireHostHeader: false,
  rejectExcessHeaders: false,
  rejectNonStandardBodyWrites: true,
  optimizeEmptyRequests: true,
  shouldUpgradeCallback: 'polluted',
  keepAliveTimeout: 1,
  keepAliveTimeoutBuffer: 1,
  requestTimeout: 1,
  headersTimeout: 1,
  connectionsCheckingInterval: 1,
  IncomingMessage: 'polluted',
  ServerResponse: 'polluted',
  keepAlive: true,
  keepAliveInitialDelay: 'polluted',
  noDelay: false,
  highWaterMark: 1,
  // Members of a row in the table of server options.
  check: () => {
    throw new Error('polluted');
  },
  make: () => 'polluted',
  default: 'polluted',
  // Options of an agent.
  maxSockets: 1,
  maxTotalSockets: 'polluted',
  maxFreeSockets: 1,
  scheduling: 'polluted',
  keepAliveMsecs: 1,
  agentKeepAliveTimeoutBuffer: 7,
  retryReused: true,
  proxyEnv: { HTTP_PROXY: 'http://polluted.test' },
  http_proxy: 'http://polluted.test',
  HTTP_PROXY: 'http://polluted.test',
  // Options of socket observers, and header fields.
  'content-length': '5',
  'transfer-encoding': 'chunked',
  expect: '100-continue',
  cookie: 'a=polluted',
  link: '</polluted>',
};

const simple = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** The properties with plain values. */
const plain = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => simple(value)));

function socketOf(chunks: string[], text = ''): Duplex {
  const socket = new Duplex({
    __proto__: null, // Options of streams are not under test.
    read() {},
    write: (chunk: Buffer, _encoding: string, written: () => void) => {
      chunks.push(String(chunk));
      written();
    },
  } as Any);
  socket.on('error', () => {});
  if (text !== '') socket.push(text);
  return socket;
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Objects created with minimal options, and what they send; `within` wraps each creation. */
async function make(within: <T>(call: () => T) => T): Promise<object> {
  const sent: string[] = [];
  const createConnection = () => socketOf(sent);
  const requests = within(() => [
    statewire.request({ createConnection } as Any),
    statewire.request('http://a.test/x?y', { createConnection } as Any),
    statewire.request(new URL('http://a.test/x?y'), { createConnection, method: 'POST', headers: { a: 1 } } as Any),
    statewire.request({ createConnection, headers: ['Host', 'a', 'X-A', '1'] } as Any),
  ]);
  for (const request of requests) request.on('error', () => {}).end();
  const created = within(() => ({
    agents: [new statewire.Agent(), new statewire.Agent({}), new statewire.Agent({ keepAlive: false, proxyEnv: {} })],
    servers: [statewire.createServer(), statewire.createServer({}), statewire.createServer(() => {})],
    message: new statewire.OutgoingMessage({}),
    undo: statewire.setGlobalProxyFromEnv({}),
    proxied: statewire.globalAgent.options.proxyEnv,
  }));
  const [server] = created.servers as [Any];
  const seen: unknown[] = [];
  server.on('request', (req: Any, res: Any) => {
    seen.push(
      within(() => ({ ...req.headers })),
      plain(req),
      plain(res),
    );
    within(() => res.writeEarlyHints({ 'x-a': '1' }));
    res.end('x');
  });
  server.emit('connection', socketOf(sent, 'GET / HTTP/1.1\r\nHost: a\r\nCookie: b=1\r\nCookie: c=2\r\n\r\n'));
  server.emit('connection', socketOf(sent, 'GET / HTTP/1.1\r\n\r\n'));
  await tick();
  await tick();
  for (const request of requests) request.destroy();
  return {
    requests: requests.map(plain),
    agents: created.agents.map((agent) => [plain(agent), { ...agent.options }]),
    servers: created.servers.map(plain),
    message: [plain(created.message), created.message.writableHighWaterMark],
    proxied: created.proxied,
    seen,
    sent: sent.map((text) => text.replace(/Date: [^\r]*/, 'Date')),
  };
}

const clean = await make((call) => call());

describe('a property of Object.prototype is not an option', () => {
  for (const [name, value] of Object.entries(options)) {
    it(name, async () => {
      const within = <T>(call: () => T): T => {
        Object.assign(Object.prototype, { [name]: value });
        try {
          return call();
        } finally {
          Reflect.deleteProperty(Object.prototype, name);
        }
      };
      expect(await make(within)).toEqual(clean);
    });
  }
});

describe('options inherited from a class', () => {
  it('apply to a server, as in Node', () => {
    class Defaults {
      get keepAliveTimeout() {
        return 7;
      }
    }
    expect(statewire.createServer(new Defaults()).keepAliveTimeout).toBe(7);
  });
});

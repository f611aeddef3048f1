/**
 * No text is sent without validation. Hostile text, in every form that JavaScript allows, is passed to everything that ends
 * up in a head, an interim response or trailers. llhttp parses what is sent, and must find no line, name or message that the
 * program did not intend. Methods and fields are enumerated, so a new one needs a row.
 */
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { BODY_MAY_FOLLOW, Parser } from '../../src/io/llhttp.js';

type Anything = never;
// biome-ignore lint/suspicious/noExplicitAny: the test passes what the types forbid.
type Any = any;

const breaks = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\u010d\u010a',
  '\u010a',
  '\u010d',
  '\ud80d\udc0a',
  '\ud80d',
  '\udc0a',
  '\x7f',
];

/** Text that would be a header of its own, then a message of its own. */
const smuggle = (br: string): string => `a${br}X-Evil: 1${br}${br}HTTP/1.1 299 Evil${br}GET /evil HTTP/1.1${br}${br}`;

/** An object whose first toString() is harmless, and later ones hostile. */
function turning(text: string): object {
  let calls = 0;
  return { toString: () => (calls++ === 0 ? 'a' : text) };
}

/** The same, but the first `times` results are harmless. */
function turningAfter(times: number, text: string): object {
  let calls = 0;
  return { toString: () => (calls++ < times ? 'a' : text) };
}

class Joining extends Array<unknown> {
  override join(): string {
    return String(this[0]);
  }
}

const sparse = (text: string): unknown[] => Object.assign([], { 2: text });

const shapes: Readonly<Record<string, (text: string) => unknown>> = {
  text: (text) => text,
  'a String': (text) => new String(text),
  'a list': (text) => [text],
  'a longer list': (text) => ['a', text],
  'a list in a list': (text) => [[text]],
  'lists in a list': (text) => ['a', ['b', text]],
  'a sparse list': sparse,
  'a Buffer': (text) => Buffer.from(text),
  'a Buffer of latin1': (text) => Buffer.from(text, 'latin1'),
  'a list of Buffers': (text) => [Buffer.from(text), Buffer.from(text)],
  'an object': (text) => ({ toString: () => text }),
  'a primitive of an object': (text) => ({ [Symbol.toPrimitive]: () => text }),
  'an object that changes': turning,
  'an object that changes late': (text) => turningAfter(2, text),
  'a list of an object that changes': (text) => [turning(text), turning(text)],
  'a list of an object that changes late': (text) => [turningAfter(2, text), turningAfter(3, text)],
  'an Error': (text) => new Error(text),
  'a symbol': (text) => Symbol(text),
  'a list of symbols': (text) => [Symbol(text)],
  'a Proxy of a list': (text) => new Proxy(['a', text], {}),
  'a list with its own join()': (text) => Joining.from(['a', text]),
  'a list whose join() returns the text': (text) => Joining.from([text, 'a']),
  'a list that is changed later': (text) => {
    const list = ['a'];
    queueMicrotask(() => list.push(text));
    return list;
  },
  'a function': (text) => Object.assign(() => {}, { toString: () => text }),
  'a Map': (text) => new Map([['x-map', text]]),
  'a Map of lists': (text) => new Map([['set-cookie', ['a', text]]]),
  'an object of fields': (text) => ({ 'x-a': text, cookie: ['a', text], 'x-unique': ['a', text] }),
  'an object with a name': (text) => ({ [text]: 'a' }),
  'an object of lists': (text) => ({ 'x-a': [text], 'set-cookie': ['a', turning(text)] }),
  'alternating names and values': (text) => ['x-a', text, 'cookie', ['a', text], 'x-unique', ['a', turning(text)]],
  'alternating, with a hostile name': (text) => [text, 'a'],
  pairs: (text) => [
    ['x-a', text],
    ['cookie', ['a', text]],
  ],
};

type Give<Target> = (target: Target, given: Anything) => unknown;
type Ways<Target> = Readonly<Record<string, Give<Target> | readonly Give<Target>[] | string>>;

const RAW = 'raw bytes, like socket.write()';
const NONE = 'accepts no text that is sent';

type Response = InstanceType<typeof statewire.ServerResponse> & Any;
type Request = InstanceType<typeof statewire.ClientRequest> & Any;

const ofMessages: Ways<Any> = {
  setHeader: [
    (m, given) => m.setHeader('x-a', given),
    (m, given) => m.setHeader('cookie', given),
    (m, given) => m.setHeader('x-unique', given),
    (m, given) => m.setHeader('set-cookie', given),
    (m, given) => m.setHeader('content-length', given),
    (m, given) => m.setHeader('transfer-encoding', given),
    (m, given) => m.setHeader('connection', given),
    (m, given) => m.setHeader(given, 'a'),
  ],
  appendHeader: [
    (m, given) => m.appendHeader('x-a', given),
    (m, given) => m.setHeader('cookie', 'a').appendHeader('cookie', given),
    (m, given) => m.setHeader('x-unique', ['a']).appendHeader('x-unique', given),
    (m, given) => m.appendHeader(given, 'a'),
  ],
  setHeaders: [
    (m, given) => m.setHeaders(given),
    (m, given) => m.setHeaders(new Map([['x-a', given]])),
    (m, given) => m.setHeaders(new Map([['set-cookie', given]])),
    (m, given) => m.setHeaders(new Map([[given, 'a']])),
    (m, given) =>
      m.setHeaders({
        keys() {},
        get() {},
        *[Symbol.iterator]() {
          yield ['x-a', given];
        },
      }),
  ],
  addTrailers: [
    (m, given) => m.addTrailers(given),
    (m, given) => m.addTrailers({ 'x-a': given }),
    (m, given) => m.addTrailers([['x-a', given]]),
    (m, given) => m.addTrailers([[given, 'a']]),
  ],
  getHeader: [(m, given) => m.getHeader(given), (m, given) => m.setHeader('x-a', ['a']).getHeader('x-a').push(given)],
  getHeaders: (m, given) => m.setHeader('x-a', ['a']).getHeaders()['x-a'].push(given),
  removeHeader: (m, given) => m.removeHeader(given),
  hasHeader: (m, given) => m.hasHeader(given),
  _storeHeader: [
    (m, given) => m._storeHeader(given, {}),
    (m, given) => m._storeHeader('HTTP/1.1 200 OK\r\n', given),
    (m, given) => m._storeHeader('HTTP/1.1 200 OK\r\n', { 'x-a': given }),
  ],
  getHeaderNames: NONE,
  getRawHeaderNames: NONE,
  flushHeaders: NONE,
  ending: NONE,
  cork: NONE,
  uncork: NONE,
  setTimeout: NONE,
  destroy: NONE,
  pipe: NONE,
  write: 'content: framed, whatever it contains',
  end: 'content: framed, whatever it contains',
  _writeRaw: RAW,
  _send: RAW,
  _flush: NONE,
  _flushOutput: NONE,
  _renderHeaders: NONE,
};

const ofResponses: Ways<Response> = {
  ...ofMessages,
  writeHead: [
    (m, given) => m.writeHead(200, given),
    (m, given) => m.writeHead(given),
    (m, given) => m.writeHead(200, 'OK', given),
    (m, given) => m.writeHead(200, given, given),
    (m, given) => m.writeHead(200, { 'x-a': given }),
    (m, given) => m.writeHead(200, { cookie: given, 'x-unique': given }),
    (m, given) => m.writeHead(200, ['x-a', given]),
    (m, given) => m.writeHead(200, ['cookie', given, 'X-Unique', given]),
    (m, given) => m.writeHead(200, [given, 'a']),
    (m, given) => m.writeHead(200, [['x-a', given]]),
    (m, given) => m.setHeader('x-b', 'b').writeHead(200, given),
    (m, given) => m.setHeader('x-b', 'b').writeHead(200, { 'x-a': given }),
    (m, given) => m.setHeader('x-b', 'b').writeHead(200, ['x-a', given, 'x-unique', given]),
  ],
  writeHeader: (m, given) => m.writeHeader(200, { 'x-a': given }),
  writeContinue: (m, given) => m.writeContinue(given),
  writeProcessing: (m, given) => m.writeProcessing(given),
  writeEarlyHints: [
    (m, given) => m.writeEarlyHints(given),
    (m, given) => m.writeEarlyHints({ link: given }),
    (m, given) => m.writeEarlyHints({ Link: ['</a>', given] }),
    (m, given) => m.writeEarlyHints({ link: `</a>; rel=${String(given)}` }),
    (m, given) => m.writeEarlyHints({ link: '</a>', 'x-a': given }),
  ],
  writeInformation: [
    (m, given) => m.writeInformation(given),
    (m, given) => m.writeInformation(103, given),
    (m, given) => m.writeInformation(103, { 'x-a': given }),
    (m, given) => m.writeInformation(103, ['x-a', given]),
    (m, given) => m.writeInformation(103, [[given, 'a']]),
  ],
  assignSocket: NONE,
  detachSocket: NONE,
};

const ofRequests: Ways<Request> = {
  ...ofMessages,
  abort: NONE,
  onSocket: NONE,
  clearTimeout: NONE,
  setNoDelay: NONE,
  setSocketKeepAlive: NONE,
  path: (m, given) => {
    m.path = given;
  },
};

/** Request options that may end up in what is sent, or affect it. */
const requestOptions = [
  ...['method', 'path', 'host', 'hostname', 'auth', 'headers', 'port', 'defaultPort', 'protocol', 'setHost'],
  ...['setDefaultHeaders', 'uniqueHeaders', 'timeout', 'family', 'localAddress', 'joinDuplicateHeaders', 'socketPath'],
];

/** Fields of a message that hold objects, not text; replacing them is the program's responsibility. */
const objects = [
  '_events',
  'outputData',
  'socket',
  'req',
  'agent',
  'res',
  'parser',
  '_options',
  '_fields',
  '_uniqueHeaders',
];

/** Non-public methods that programs call. */
const seams = ofMessages;

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A connection that records what is written to it. */
function connection(): { socket: Duplex; sent: () => string } {
  const chunks: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, written) {
      chunks.push(chunk);
      written();
    },
  });
  socket.on('error', () => {});
  return { socket, sent: () => Buffer.concat(chunks).toString('latin1') };
}

const outcomeOf = (call: () => unknown): string => {
  try {
    call();
    return 'accepted';
  } catch (error) {
    expect(error, 'the thrown value').toBeInstanceOf(Error);
    return (error as { code?: string }).code ?? (error as Error).name;
  }
};

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n';

/** What a server sends with this handler. */
async function sentByServer(
  handle: (response: Response) => unknown,
  set = (_server: Any): void => {},
): Promise<string> {
  const { socket, sent } = connection();
  const server = statewire.createServer({ uniqueHeaders: ['x-unique'] }, (_req, res) => {
    res.on('error', () => {});
    outcomeOf(() => handle(res));
    outcomeOf(() => res.end());
  });
  set(server);
  server.emit('connection', socket as Any);
  socket.push(REQUEST);
  await tick();
  await tick();
  socket.destroy();
  return sent();
}

/** What a client sends. */
async function sentByClient(options: object, use: (request: Request) => unknown): Promise<string> {
  const { socket, sent } = connection();
  outcomeOf(() => {
    const request = statewire.request({
      createConnection: () => socket,
      uniqueHeaders: ['x-unique'],
      ...options,
    } as Any);
    request.on('error', () => {});
    outcomeOf(() => use(request));
    outcomeOf(() => request.end());
  });
  await tick();
  await tick();
  socket.destroy();
  return sent();
}

const isControl = (code: number): boolean => (code < 0x20 && code !== 0x09) || code === 0x7f;

/** Parses the sent messages, and checks their number and the names of their fields. */
function expectNoInjection(sent: string, kind: 'request' | 'response', label: string): void {
  const controls = Array.from(sent.replaceAll('\r\n', ''), (char) => char.charCodeAt(0)).filter(isControl);
  expect(controls, label).toEqual([]);
  expect(sent, label).not.toMatch(/^\s*(X-Evil|HTTP\/1.1 299|GET \/evil)/m);
  if (sent === '') return;
  const parser = Parser.acquire({
    kind,
    maxHeaderSize: 65536,
    maxHeadersCount: 0,
    lenient: false,
    decide: () => BODY_MAY_FOLLOW,
  });
  const facts = parser.feed(Buffer.from(sent, 'latin1'));
  parser.free();
  const heads = facts.flatMap((fact) => (fact.type === 'wire.head' ? fact.head : []));
  const names = heads.flatMap(({ rawHeaders }) => rawHeaders.filter((_, i) => i % 2 === 0));
  expect(heads.filter(({ statusCode }) => !(statusCode >= 100 && statusCode < 200)).length, label).toBeLessThan(2);
  for (const name of names) expect(name, label).not.toMatch(/evil/i);
}

/** Each shape with CRLF, and with two of the other breaks. */
const everyText = Object.entries(shapes).flatMap(([shape, make], i) =>
  [0, 1 + ((2 * i) % (breaks.length - 1)), 1 + ((2 * i + 1) % (breaks.length - 1))].map((at) => ({
    shape,
    make,
    text: smuggle(breaks[at] as string),
  })),
);

/** Passes all texts in all shapes, before the head is sent and after `flushHeaders()`. */
async function tryAll(
  kind: 'request' | 'response',
  sends: (use: (message: Any) => unknown) => Promise<string>,
  give: Give<Any>,
): Promise<void> {
  const late = (message: Any, given: unknown) => {
    message.setHeader('Trailer', 'x-a').flushHeaders();
    give(message, given as Anything);
  };
  const runs = everyText.flatMap(({ shape, make, text }) =>
    [give, late].map(async (use) => {
      const label = `${shape} ${JSON.stringify(text.slice(0, 4))}${use === late ? ' after flushHeaders()' : ''}`;
      expectNoInjection(await sends((message) => use(message, make(text) as Anything)), kind, label);
    }),
  );
  await Promise.all(runs);
}

/** Methods and accessors of a class and its base classes, without those of streams. */
function namesOf(prototype: object): string[] {
  const names = new Set<string>();
  for (let each = prototype; 'setHeader' in each; each = Object.getPrototypeOf(each)) {
    for (const [name, { value, set }] of Object.entries(Object.getOwnPropertyDescriptors(each))) {
      if (name !== 'constructor' && (typeof value === 'function' || set !== undefined)) names.add(name);
    }
  }
  return [...names].filter((name) => name !== 'connection' && (!name.startsWith('_') || name in seams)).sort();
}

describe.each([
  ['a response', statewire.ServerResponse.prototype, ofResponses, 'response', (use: Any) => sentByServer(use)],
  [
    'a request',
    statewire.ClientRequest.prototype,
    ofRequests,
    'request',
    (use: Any) => sentByClient({ method: 'POST' }, use),
  ],
] as const)('the methods of %s', (_, prototype, ways, kind, sends) => {
  it('have a row each', () => expect(namesOf(prototype)).toEqual(Object.keys(ways).sort()));

  for (const [name, way] of Object.entries(ways)) {
    if (typeof way === 'string') continue;
    const gives = [way].flat() as Give<Any>[];
    it(name, { timeout: 60_000 }, async () => {
      for (const give of gives) await tryAll(kind, sends, give);
    });
  }
});

const response = new statewire.ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1, headers: {} });
const request = statewire.request({ createConnection: () => connection().socket, method: 'POST' } as Any);
request.on('error', () => {}).destroy();

describe.each([
  ['a response', response, 'response', (use: Any) => sentByServer(use)],
  ['a request', request, 'request', (use: Any) => sentByClient({ method: 'POST' }, use)],
] as const)('a field of %s', (_, message, kind, sends) => {
  for (const name of Object.keys(message).filter((each) => !objects.includes(each))) {
    it(name, { timeout: 60_000 }, async () => {
      await tryAll(kind, sends, (target, given) => {
        target[name] = given;
      });
    });
  }
});

describe('a field of a server', () => {
  for (const name of ['keepAliveTimeout', 'maxRequestsPerSocket', 'keepAliveTimeoutBuffer', 'timeout'] as const) {
    it(name, async () => {
      for (const { shape, make, text } of everyText) {
        for (const given of [
          make(text),
          make(`5\r\nX-Evil: 1\r\n`),
          make('5\r\n'),
          { valueOf: () => 5, toString: () => text },
        ]) {
          const set = (server: Any) => outcomeOf(() => Object.assign(server, { [name]: given }));
          expectNoInjection(await sentByServer(() => {}, set), 'response', shape);
        }
      }
    });
  }
});

describe('the options of a request', () => {
  for (const name of requestOptions) {
    it(name, async () => {
      for (const { shape, make, text } of everyText) {
        expectNoInjection(await sentByClient({ [name]: make(text) }, () => {}), 'request', shape);
        const lines = { headers: ['x-a', 'a'], [name]: make(text) };
        expectNoInjection(await sentByClient(lines, () => {}), 'request', `${shape}, headers as an array`);
        const connecting = { method: 'CONNECT', path: 'a:1', [name]: make(text) };
        expectNoInjection(await sentByClient(connecting, () => {}), 'request', `${shape}, CONNECT`);
      }
    });
  }

  it.each(['x-a', 'cookie', 'x-unique', 'host', 'authorization', 'expect', 'connection'])(
    'headers: %s',
    async (name) => {
      for (const { shape, make, text } of everyText) {
        for (const headers of [{ [name]: make(text) }, [name, make(text)], [[name, make(text)]], [text, 'a']]) {
          expectNoInjection(await sentByClient({ headers }, () => {}), 'request', shape);
        }
      }
    },
  );

  it('through a proxy', async () => {
    for (const { shape, make, text } of everyText) {
      for (const [name, given] of [
        ...requestOptions.map((each) => [each, make(text)]),
        ['path', `/${text}`],
      ] as const) {
        if (name === 'socketPath') continue;
        const { socket, sent } = connection();
        const agent = new statewire.Agent({ proxyEnv: { HTTP_PROXY: 'http://us%0d%0aer:p%0aw@proxy.test:1' } });
        agent.createConnection = () => socket;
        await sentByClient({ host: 'a.test', createConnection: undefined, agent, [name as string]: given }, () => {});
        expectNoInjection(sent(), 'request', `${name}: ${shape}`);
      }
    }
  });
});

describe('reason phrases', () => {
  it('from http.STATUS_CODES', async () => {
    const reasons = statewire.STATUS_CODES as Record<number, unknown>;
    const before = { ...reasons };
    try {
      for (const { shape, make, text } of everyText) {
        for (const code of [200, 103, 400, 431, 500, 503]) reasons[code] = make(text);
        expectNoInjection(await sentByServer((res) => res.writeEarlyHints({ link: '</a>' })), 'response', shape);
        const { socket, sent } = connection();
        statewire.createServer().emit('connection', socket as Any);
        socket.push('no HTTP\r\n\r\n');
        await tick();
        expectNoInjection(sent(), 'response', shape);
      }
    } finally {
      Object.assign(reasons, before);
    }
  });
});

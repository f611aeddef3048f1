/**
 * Values that are no numbers, or far out of range, wherever a number is expected: they are interpreted, or the call throws an
 * error with a code. They never cause an exception in a connection, which would end the process.
 */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { faultOf } from './faults.js';

// biome-ignore lint/suspicious/noExplicitAny: the values violate the types on purpose.
type Any = any;

const odd: Readonly<Record<string, unknown>> = {
  '-1': -1,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  'a half': 1000.5,
  '2 ** 31': 2 ** 31,
  '2 ** 53': 2 ** 53,
  digits: '1000',
  'a word': 'x',
  null: null,
  undefined: undefined,
  true: true,
  'an object': {},
  'a list': [],
  'a symbol': Symbol('odd'),
  'a BigInt': 5n,
  'a function': () => 1,
};

const LINES = 40;
const REQUEST = `GET / HTTP/1.1\r\nHost: a\r\n${'a: b\r\n'.repeat(LINES - 1)}\r\n`;

const uncaught: unknown[] = [];
const note = (error: unknown): void => {
  uncaught.push(error);
};

beforeAll(() => {
  process.on('uncaughtException', note);
});

afterEach(() => expect(uncaught.splice(0)).toEqual([]));

afterAll(() => {
  process.off('uncaughtException', note);
});

/** What a server responds, or the code of the error thrown by its creation. */
async function responseOf(make: () => Any, text = REQUEST): Promise<string> {
  let server: Any;
  const fault = faultOf(() => {
    server = make();
  });
  if (fault !== undefined) return (fault as Any).code ?? 'an error without a code';
  server.on('request', (req: Any, res: Any) => res.end(`${req.rawHeaders.length / 2} lines`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  socket.write(text);
  const [response] = await once(socket, 'data');
  const isOpen = !(await Promise.race([once(socket, 'close'), turns(3)]));
  socket.destroy();
  server.close();
  server.closeAllConnections();
  return isOpen ? String(response) : `${response}, closed`;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function turns(count: number): Promise<undefined> {
  for (let i = 0; i < count; i++) await turn();
  return undefined;
}

const anyway = /^HTTP\/1.1 200 OK\r\n(?:[\w-]+: [^\r\n]+\r\n)+\r\n40 lines$/;

describe.each(Object.entries(odd))('%s', (_, value) => {
  describe('set on a server', () => {
    const names = ['maxRequestsPerSocket', 'keepAliveTimeout', 'keepAliveTimeoutBuffer', 'headersTimeout'];
    it.each([...names, 'requestTimeout', 'timeout', 'connectionsCheckingInterval', 'maxHeadersCount'])(
      '%s',
      async (name) => {
        const response = await responseOf(() => Object.assign(statewire.createServer(), { [name]: value }));
        expect(response).toMatch(anyway);
        const keepAlive = /Keep-Alive: timeout=(\d+)(?:, max=([\d.]+))?\r\n/.exec(response);
        if (/Keep-Alive:/.test(response)) expect(keepAlive, response).not.toBeNull();
      },
    );

    it('setTimeout()', async () => {
      expect(await responseOf(() => statewire.createServer().setTimeout(value as Any))).toMatch(anyway);
    });
  });

  describe('as an option of a server', () => {
    const names = ['requestTimeout', 'headersTimeout', 'keepAliveTimeout', 'keepAliveTimeoutBuffer', 'maxHeaderSize'];
    it.each([...names, 'connectionsCheckingInterval', 'highWaterMark', 'keepAliveInitialDelay'])('%s', async (name) => {
      const options = { keepAlive: true, [name]: value };
      expect(await responseOf(() => statewire.createServer(options as Any))).toMatch(
        /^(ERR_(INVALID|OUT)_\w+|HTTP\/1.1 200[\s\S]*40 lines)$/,
      );
    });
  });

  describe('in a client', () => {
    const peer = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(LINES - 1)}Content-Length: 2\r\n\r\nok`),
      );
    });

    beforeAll(async () => {
      peer.listen(0, '127.0.0.1');
      await once(peer, 'listening');
    });
    afterAll(() => {
      peer.close();
    });

    /** The number of header lines of the response, or the code of the thrown or emitted error. */
    async function linesOf(
      options: object,
      agentOptions: object,
      use = (_request: Any): unknown => undefined,
    ): Promise<unknown> {
      let settleWith: (what: unknown) => void = () => {};
      const outcome = new Promise<unknown>((resolve) => {
        settleWith = resolve;
      });
      const agents: Any[] = [];
      const fault = faultOf(() => {
        agents.push(new statewire.Agent({ keepAlive: true, ...agentOptions } as Any));
        const { port } = peer.address() as AddressInfo;
        const request = statewire.get({ port, host: '127.0.0.1', agent: agents[0], ...options } as Any);
        request.on('error', (error: Any) => settleWith(error.code ?? error.name));
        request.on('response', (res) => res.resume().on('end', () => settleWith(res.rawHeaders.length / 2)));
        use(request);
      });
      if (fault !== undefined) settleWith((fault as Any).code ?? fault.name);
      const result = await outcome;
      await turns(2);
      for (const agent of agents) agent.destroy();
      return result;
    }

    const right = /^(40|ERR_\w+|E[A-Z]+|TypeError)$/;

    it.each(['timeout', 'maxHeaderSize', 'family', 'highWaterMark', 'keepAliveInitialDelay', 'defaultPort'])(
      '%s',
      async (name) => {
        expect(String(await linesOf({ [name]: value }, {}))).toMatch(right);
      },
    );

    it.each(['keepAliveMsecs', 'maxTotalSockets', 'maxFreeSockets', 'agentKeepAliveTimeoutBuffer', 'timeout'])(
      '%s of an agent',
      async (name) => {
        expect(String(await linesOf({}, { [name]: value }))).toMatch(right);
      },
    );

    it('maxHeadersCount', async () => {
      expect(await linesOf({}, {}, (request) => Object.assign(request, { maxHeadersCount: value }))).toBe(LINES);
    });

    it('setTimeout()', async () => {
      expect(String(await linesOf({}, {}, (request) => request.setTimeout(value)))).toMatch(right);
    });

    it('setSocketKeepAlive()', async () => {
      expect(String(await linesOf({}, {}, (request) => request.setSocketKeepAlive(true, value)))).toMatch(right);
    });
  });

  it('setTimeout() of a response, with and without a socket', async () => {
    const faults: unknown[] = [];
    const response = await responseOf(() =>
      statewire.createServer((_req, res) => {
        faults.push((faultOf(() => res.setTimeout(value as Any)) as Any)?.code);
        const waiting = new statewire.ServerResponse({
          method: 'GET',
          httpVersionMajor: 1,
          httpVersionMinor: 1,
          headers: {},
        });
        faults.push((faultOf(() => waiting.setTimeout(value as Any)) as Any)?.code);
      }),
    );
    expect(response).toMatch(anyway);
    expect(faults[0]).toBe(faults[1]);
  });
});

describe('maxHeadersCount', () => {
  it.each([40, 2000, 0, -1])('%s is enough', async (maxHeadersCount) => {
    expect(await responseOf(() => Object.assign(statewire.createServer(), { maxHeadersCount }))).toMatch(anyway);
  });

  it('39 is not enough', async () => {
    expect(await responseOf(() => Object.assign(statewire.createServer(), { maxHeadersCount: 39 }))).toMatch(
      /^HTTP\/1.1 431/,
    );
  });
});

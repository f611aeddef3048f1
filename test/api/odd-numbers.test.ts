/**
 * Numbers that are none, or beyond all measure, wherever a number is to be given: what is meant by them, or an error with a
 * code where it is given, and never an exception that comes out of a connection and ends the process.
 */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { faultOf } from './faults.js';

// biome-ignore lint/suspicious/noExplicitAny: numbers are what they should not be.
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
const ASK = `GET / HTTP/1.1\r\nHost: a\r\n${'a: b\r\n'.repeat(LINES - 1)}\r\n`;

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

/** What a server answers, or the code of what is thrown where it is made. */
async function answerOf(make: () => Any, ask = ASK): Promise<string> {
  let server: Any;
  const fault = faultOf(() => {
    server = make();
  });
  if (fault !== undefined) return (fault as Any).code ?? 'an error without a code';
  server.on('request', (req: Any, res: Any) => res.end(`${req.rawHeaders.length / 2} lines`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  socket.write(ask);
  const [answer] = await once(socket, 'data');
  const isOpen = !(await Promise.race([once(socket, 'close'), turns(3)]));
  socket.destroy();
  server.close();
  server.closeAllConnections();
  return isOpen ? String(answer) : `${answer}, closed`;
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
        const answer = await answerOf(() => Object.assign(statewire.createServer(), { [name]: value }));
        expect(answer).toMatch(anyway);
        const said = /Keep-Alive: timeout=(\d+)(?:, max=([\d.]+))?\r\n/.exec(answer);
        if (/Keep-Alive:/.test(answer)) expect(said, answer).not.toBeNull();
      },
    );

    it('setTimeout()', async () => {
      expect(await answerOf(() => statewire.createServer().setTimeout(value as Any))).toMatch(anyway);
    });
  });

  describe('as an option of a server', () => {
    const names = ['requestTimeout', 'headersTimeout', 'keepAliveTimeout', 'keepAliveTimeoutBuffer', 'maxHeaderSize'];
    it.each([...names, 'connectionsCheckingInterval', 'highWaterMark', 'keepAliveInitialDelay'])('%s', async (name) => {
      const options = { keepAlive: true, [name]: value };
      expect(await answerOf(() => statewire.createServer(options as Any))).toMatch(
        /^(ERR_(INVALID|OUT)_\w+|HTTP\/1.1 200[\s\S]*40 lines)$/,
      );
    });
  });

  describe('of a client', () => {
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

    /** How many lines the answer has, or the code of what is thrown or told. */
    async function linesOf(
      options: object,
      agentOptions: object,
      use = (_request: Any): unknown => undefined,
    ): Promise<unknown> {
      let tell: (what: unknown) => void = () => {};
      const told = new Promise<unknown>((resolve) => {
        tell = resolve;
      });
      const agents: Any[] = [];
      const fault = faultOf(() => {
        agents.push(new statewire.Agent({ keepAlive: true, ...agentOptions } as Any));
        const { port } = peer.address() as AddressInfo;
        const request = statewire.get({ port, host: '127.0.0.1', agent: agents[0], ...options } as Any);
        request.on('error', (error: Any) => tell(error.code ?? error.name));
        request.on('response', (res) => res.resume().on('end', () => tell(res.rawHeaders.length / 2)));
        use(request);
      });
      if (fault !== undefined) tell((fault as Any).code ?? fault.name);
      const result = await told;
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
      'an agent’s %s',
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

  it('setTimeout() of an answer, and of one that has no socket yet', async () => {
    const faults: unknown[] = [];
    const answer = await answerOf(() =>
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
    expect(answer).toMatch(anyway);
    expect(faults[0]).toBe(faults[1]);
  });
});

describe('maxHeadersCount', () => {
  it.each([40, 2000, 0, -1])('%s is enough', async (maxHeadersCount) => {
    expect(await answerOf(() => Object.assign(statewire.createServer(), { maxHeadersCount }))).toMatch(anyway);
  });

  it('39 is not', async () => {
    expect(await answerOf(() => Object.assign(statewire.createServer(), { maxHeadersCount: 39 }))).toMatch(
      /^HTTP\/1.1 431/,
    );
  });
});

/** Options by which statewire does what node:http does, where it does otherwise by default. */
import { once } from 'node:events';
import type * as host from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { defineDeprecatedHeaders, removeDeprecatedHeaders } from '../../src/register/deprecatedHeaders.js';
import { HOST } from '../conversations/kit/host.js';
import { type Http, http, twice } from './kit/twice.js';

/** Sends a text, and collects what comes back until the connection is closed. */
async function reply(server: host.Server, text: string): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (part) => {
    received += part;
  });
  socket.end(text, 'latin1');
  await once(socket, 'close');
  server.close();
  return received;
}

describe("requireHostHeader: 'node'", () => {
  const serverOf = (module: Http) => {
    const requireHostHeader = (module === http.host ? true : 'node') as boolean;
    return module.createServer({ requireHostHeader }, (req, res) => res.end(`host: ${req.headers.host}`));
  };
  const hosts = {
    none: '',
    empty: 'Host:\r\n',
    'white space': 'Host:  \t\r\n',
    valid: 'Host: a.test:80\r\n',
    'a URL': 'Host: http://a.test/b?c#d\r\n',
    'the path of a unix socket': 'Host: /tmp/a.sock\r\n',
    'with a user': 'Host: me@a.test\r\n',
    'with a space': 'Host: a b\r\n',
    'with obs-text': 'Host: \xe9\r\n',
    'a list': 'Host: a, b\r\n',
    two: 'Host: a\r\nHost: b\r\n',
  };
  for (const [name, lines] of Object.entries(hosts)) {
    for (const version of ['1.0', '1.1']) {
      twice(`${name}, HTTP/${version}`, async (module) => {
        const text = await reply(serverOf(module), `GET / HTTP/${version}\r\n${lines}Connection: close\r\n\r\n`);
        return [text.split('\r\n', 1), text.split('\r\n\r\n').slice(1)];
      });
    }
  }

  it('is the only text that is accepted', () => {
    expect(() => statewire.createServer({ requireHostHeader: 'yes' as 'node' })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });
});

describe("rejectExcessHeaders: 'node'", () => {
  const options = { rejectExcessHeaders: 'node' } as object;
  const seen = ({ headers, headersDistinct, rawHeaders }: host.IncomingMessage) => [
    headers,
    { ...headersDistinct },
    rawHeaders,
  ];
  const lines = 'Host: a\r\nX-A: 1\r\nX-A: 2\r\nSet-Cookie: a\r\nX-B: 3\r\n';

  /** A server that heeds three lines sends what it has found in each request and its body. */
  function serverOf({ createServer }: Http, more: object = options): host.Server {
    const server = createServer(more, async (req, res) => {
      let body = '';
      for await (const part of req) body += part;
      res.end(JSON.stringify([seen(req), body, req.rawTrailers]));
    });
    server.on('upgrade', (req, socket) => socket.end(JSON.stringify(seen(req))));
    server.on('checkContinue', (_, res) => res.end('continue'));
    server.maxHeadersCount = 3;
    return server;
  }
  const statusAndBody = (text: string) =>
    text.split(/(?=HTTP\/1\.1 )/).map((each) => [each.split('\r\n', 1)[0], each.slice(each.indexOf('\r\n\r\n'))]);

  const next = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const chunked = '3\r\nabc\r\n0\r\n';
  const requests: Record<string, string> = {
    'as many lines': `GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-A: 2\r\n\r\n${next}`,
    'more lines': `GET / HTTP/1.1\r\n${lines}\r\n${next}`,
    'Host is ignored': `GET / HTTP/1.1\r\nA: 1\r\nB: 1\r\nC: 1\r\nHost: a\r\n\r\n`,
    'Expect is ignored': `GET / HTTP/1.1\r\n${lines}Expect: 100-continue\r\n\r\n${next}`,
    'Upgrade has its effect': `GET / HTTP/1.1\r\n${lines}Connection: upgrade\r\nUpgrade: test\r\n\r\n`,
    'Content-Length has its effect': `POST / HTTP/1.1\r\n${lines}Content-Length: 3\r\n\r\nabc${next}`,
    'Transfer-Encoding has its effect': `POST / HTTP/1.1\r\n${lines}Transfer-Encoding: chunked\r\n\r\n${chunked}\r\n${next}`,
    'both lengths': `POST / HTTP/1.1\r\n${lines}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc`,
    'Connection: close has its effect': `GET / HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`,
    'trailers have no limit': `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}${lines}\r\n${next}`,
    'the same section twice': `GET / HTTP/1.1\r\n${lines}\r\nGET / HTTP/1.1\r\n${lines}\r\n${next}`,
  };
  for (const [name, text] of Object.entries(requests)) {
    // Since Node 22, node:http rejects more lines, but not more trailers.
    if (HOST >= 22 && name.startsWith('trailers')) continue;
    twice(`a request: ${name}`, async (module) => statusAndBody(await reply(serverOf(module), text)));
  }

  const responses: Record<string, string> = {
    'as many lines': 'X-A: 1\r\nX-A: 2\r\nX-B: 3\r\n\r\nabc',
    'more lines': `${lines}\r\nabc`,
    'Content-Length has its effect': `${lines}Content-Length: 3\r\n\r\nabc`,
    'Content-Length has its effect, of a short body': `${lines}Content-Length: 4\r\n\r\nabc`,
    'Transfer-Encoding has its effect': `${lines}Transfer-Encoding: chunked\r\n\r\n${chunked}\r\n`,
    'trailers have no limit': `Transfer-Encoding: chunked\r\n\r\n${chunked}${lines}\r\n`,
  };

  async function received(module: Http, text: string, more = options): Promise<unknown> {
    const server = net.createServer((socket) => socket.once('data', () => socket.end(text)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const request = module.get({ ...more, host: '127.0.0.1', port, agent: false });
    request.maxHeadersCount = 3;
    try {
      const [response, , head] = await Promise.race([once(request, 'response'), once(request, 'upgrade')]);
      if (head !== undefined) return [seen(response), String(head)];
      let body = '';
      for await (const part of response) body += part;
      return [seen(response), body, response.rawTrailers];
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    } finally {
      request.destroy();
      server.close();
    }
  }
  for (const [name, text] of Object.entries(responses)) {
    // Since Node 22, node:http ignores more trailers, too (row `response-lines`).
    if (HOST >= 22 && name.startsWith('trailers')) continue;
    twice(`a response: ${name}`, (module) => received(module, `HTTP/1.1 200 OK\r\n${text}`));
  }
  twice('a response that has come before, to a request that heeds fewer lines', async (module) => {
    const server = net.createServer((socket) =>
      socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\n${lines}Content-Length: 0\r\n\r\n`)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new module.Agent({ keepAlive: true });
    const found: unknown[] = [];
    for (const limit of [0, 0, 0, 0, 3, 0]) {
      const request = module.get({ ...options, host: '127.0.0.1', port, agent });
      request.maxHeadersCount = limit;
      const [response] = await once(request, 'response');
      found.push(seen(response.resume()));
      await once(request, 'close');
    }
    agent.destroy();
    server.close();
    return found;
  });
  twice('a response: Upgrade has its effect', ({ get, ...module }) => {
    const headers = { Connection: 'upgrade', Upgrade: 'test' };
    const text = `HTTP/1.1 101 Switching Protocols\r\n${lines}Connection: upgrade\r\nUpgrade: test\r\n\r\nhead`;
    return received({ get, ...module } as Http, text, { ...options, headers });
  });

  it('is false: they are ignored on each version of Node', async () => {
    const text = await reply(
      serverOf(http.statewire, { rejectExcessHeaders: false }),
      requests['more lines'] as string,
    );
    expect(text).toContain('"x-a":"1, 2"}');
  });

  it('is nothing else', () => {
    const refused = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' });
    for (const call of [statewire.createServer, statewire.request] as ((options: object) => unknown)[]) {
      for (const rejectExcessHeaders of ['yes', 1]) expect(() => call({ rejectExcessHeaders })).toThrow(refused);
    }
  });
});

describe('frameUpgradeBody: false', () => {
  const options = { frameUpgradeBody: false } as host.RequestOptions;
  const upgrade = { Connection: 'Upgrade', Upgrade: 'test' };

  /** What a server gets up to the end of the data that is sent, and what the client gets when the upgrade succeeds. */
  async function sent(request: (port: number) => host.ClientRequest, send: (request: host.ClientRequest) => void) {
    const server = net.createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const made = request((server.address() as AddressInfo).port);
    send(made);
    const [socket] = (await once(server, 'connection')) as [net.Socket];
    let text = '';
    socket.setEncoding('latin1');
    while (!text.endsWith('end')) text += String((await once(socket, 'data'))[0]);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\nback');
    const [response, own, head] = (await once(made, 'upgrade')) as [host.IncomingMessage, net.Socket, Buffer];
    own.destroy();
    server.close();
    return [text.replace(/127\.0\.0\.1:\d+/, '<host>'), response.statusCode, String(head)];
  }

  type Call = readonly ['write' | 'end', string | Buffer] | readonly ['flushHeaders'];
  const ways: Record<string, readonly Call[]> = {
    'write()': [
      ['write', 'data'],
      ['write', 'end'],
    ],
    'write(), end()': [
      ['write', 'data'],
      ['end', 'end'],
    ],
    'end(data)': [['end', 'data end']],
    'flushHeaders(), write()': [['flushHeaders'], ['write', 'end']],
    'flushHeaders(), end(data)': [['flushHeaders'], ['end', 'end']],
    'write() of bytes': [['write', Buffer.from('end')]],
  };
  const make = (calls: readonly Call[]) => (request: host.ClientRequest) => {
    for (const [name, ...args] of calls) Reflect.apply(request[name], request, args);
  };
  for (const [name, calls] of Object.entries(ways)) {
    for (const method of ['GET', 'OPTIONS']) {
      twice(`${method}: ${name}`, ({ request }) =>
        sent((port) => request({ ...options, host: '127.0.0.1', port, method, headers: upgrade }), make(calls)),
      );
    }
    twice(`headers as a list: ${name}`, ({ request }) =>
      sent((port) => {
        const headers = ['Host', `127.0.0.1:${port}`, ...Object.entries(upgrade).flat()];
        return request({ ...options, host: '127.0.0.1', port, headers: headers as never });
      }, make(calls)),
    );
  }

  twice('nothing follows: the head is that of any GET', ({ request }) =>
    sent(
      (port) => request({ ...options, host: '127.0.0.1', port, headers: { ...upgrade, x: 'y' } }),
      (made) => void made.end().on('socket', (socket) => socket.once('connect', () => socket.write('end'))),
    ),
  );

  it('frames what follows a request without Upgrade, or with content', async () => {
    const heads: string[] = [];
    const server = net.createServer((socket) => {
      socket.setEncoding('latin1').on('data', (text) => {
        heads.push(String(text));
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    for (const more of [{ headers: {} }, { headers: upgrade, method: 'POST' }]) {
      const request = statewire.request({ frameUpgradeBody: false, host: '127.0.0.1', port, agent: false, ...more });
      request.end('end');
      const [response] = await once(request, 'response');
      await once(response.resume(), 'end');
    }
    server.close();
    expect(heads.map((head) => /Content-Length: 3\r\n/.test(head))).toEqual([true, true]);
  });

  it('closes the connection of a request whose upgrade is declined', async () => {
    const server = net.createServer((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new statewire.Agent({ keepAlive: true });
    const request = statewire.request({ frameUpgradeBody: false, host: '127.0.0.1', port, agent, headers: upgrade });
    request.end('GET / HTTP/1.1\r\n\r\n');
    const [response] = await once(request, 'response');
    response.resume();
    await once(request, 'close');
    expect(agent.freeSockets).toEqual({});
    server.close();
  });

  it('is a boolean', () => {
    expect(() => statewire.request({ frameUpgradeBody: 1 as never })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });
});

// Node 24 has removed them.
describe.runIf(HOST < 24)('_headers and _headerNames', () => {
  beforeAll(() => defineDeprecatedHeaders(statewire.OutgoingMessage.prototype));
  afterAll(() => removeDeprecatedHeaders(statewire.OutgoingMessage.prototype));

  type Old = host.OutgoingMessage & {
    getRawHeaderNames(): string[];
    _headers: unknown;
    _headerNames: unknown;
  };
  const messages = {
    'new OutgoingMessage()': ({ OutgoingMessage }: Http) => new OutgoingMessage(),
    'a response': ({ ServerResponse, IncomingMessage }: Http) =>
      new ServerResponse(new IncomingMessage(new net.Socket())),
  };
  const acts: Record<string, (message: Old) => unknown> = {
    'of an empty message': (message) => [message._headers, message._headerNames],
    'after setHeader()': (message) => {
      message.setHeader('X-A', 1).setHeader('Set-Cookie', ['a', 'b']);
      return [message._headers, message._headerNames];
    },
    'are copies': (message) => {
      message.setHeader('a', 'b');
      (message._headers as Record<string, string>)['c'] = 'd';
      const first = message._headers;
      return [message.getHeaders(), first === message._headers];
    },
    'can be set': (message) => {
      message.setHeader('before', 'x');
      message._headers = { Foo: 'bar', BAZ: ['q'], n: 5 };
      return [message.getHeaders(), message.getRawHeaderNames()];
    },
    'can be set to null': (message) => {
      message.setHeader('a', 'b');
      message._headers = null;
      return [message.getHeaders(), message._headers, message._headerNames];
    },
    'inherited members are not set': (message) => {
      message._headers = Object.create({ a: '1' }, { b: { value: '2', enumerable: true } });
      return message.getHeaders();
    },
    'names can be set': (message) => {
      message._headers = { Foo: 'bar', BAZ: ['q'], n: '5' };
      message._headerNames = { foo: 'fOO', baz: 'Baz', other: 'Other' };
      return [message.getRawHeaderNames(), message._headerNames, message.getHeaders()];
    },
    'names set to null': (message) => {
      message.setHeader('A', 'b');
      message._headerNames = null;
      return message._headerNames;
    },
    'are not enumerable': (message) => [Object.keys(message).includes('_headers'), '_headers' in message],
  };
  for (const [act, take] of Object.entries(acts)) {
    for (const [name, make] of Object.entries(messages)) {
      twice(`${act}: ${name}`, (module) => [take(make(module) as Old)]);
    }
  }
});

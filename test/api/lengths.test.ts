/**
 * If the length of a body differs from its Content-Length, however that was set and the body written, the connection carries
 * nothing after it (RFC 9110 §8.6). Otherwise, or if the two need not match, the connection is reused as usual.
 */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import statewire, { Agent, type ClientRequest, type OutgoingMessage, type ServerResponse } from '../../src/index.js';

type Message = Pick<OutgoingMessage, 'write' | 'end' | 'cork' | 'uncork'>;
type Write = (message: Message) => void;

/** Ways to write a body of 5 bytes. */
const five: Readonly<Record<string, Write>> = {
  'end(text)': (message) => message.end('hello'),
  'end(bytes)': (message) => message.end(Buffer.from('hello')),
  'end(text, encoding, callback)': (message) => message.end('68656c6c6f', 'hex', () => {}),
  'write(), end()': (message) => {
    message.write('hello');
    message.end();
  },
  'write(), end(text)': (message) => {
    message.write('hel');
    message.end('lo');
  },
  'cork(), write(), write(), end()': (message) => {
    message.cork();
    message.write('hel');
    message.write(Buffer.from('lo'));
    message.end();
  },
};

const none: Readonly<Record<string, Write>> = { 'end()': (message) => message.end() };

type Head = (response: ServerResponse, length: number) => void;

/** Ways to set Content-Length. */
const heads: Readonly<Record<string, Head>> = {
  'setHeader(number)': (response, length) => response.setHeader('Content-Length', length),
  'setHeader(text)': (response, length) => response.setHeader('content-length', `${length}`),
  'setHeader(list)': (response, length) => response.setHeader('Content-Length', [`${length}`]),
  'setHeader(the same twice)': (response, length) => response.setHeader('Content-Length', [`${length}`, `${length}`]),
  'with spaces': (response, length) => response.setHeader('Content-Length', ` ${length} `),
  'setHeaders(Map)': (response, length) => response.setHeaders(new Map([['content-length', `${length}`]])),
  'setHeaders(Headers)': (response, length) => response.setHeaders(new Headers({ 'Content-Length': `${length}` })),
  'appendHeader()': (response, length) => response.appendHeader('CONTENT-LENGTH', `${length}`),
  'writeHead(object)': (response, length) => response.writeHead(200, { 'Content-Length': length }),
  'writeHead(list)': (response, length) => response.writeHead(200, ['Content-Length', `${length}`]),
  'writeHead(pairs)': (response, length) => response.writeHead(200, 'Fine', [['Content-Length', `${length}`]] as never),
  'setHeader(), writeHead(object)': (response, length) =>
    response.setHeader('Content-Length', 77).writeHead(200, { 'content-length': length }),
  'setHeader(), flushHeaders()': (response, length) => response.setHeader('Content-Length', length).flushHeaders(),
};

/** Values that are no length, or several. */
const odd: readonly (string | string[])[] = ['', '0x5', '5e0', '+5', '5.0', '5, 5', 'five', ['5', '6'], ['6', '5']];

const VERSIONS = { 'HTTP/1.1': '', 'HTTP/1.0': 'Connection: keep-alive\r\n' } as const;

/** What the peer receives for a request to which `respond` responds, and for the request that follows. */
async function receive(respond: (response: ServerResponse) => void, first: string): Promise<string> {
  const server = statewire.createServer((req, res) => {
    if (req.url === '/2') res.end('second');
    else respond(res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  let isSecondSent = false;
  peer.on('error', () => {});
  peer.on('data', (chunk) => {
    text += chunk.toString('latin1');
    if (text.includes('second')) peer.end();
    if (!isSecondSent) setImmediate(() => peer.write('GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'));
    isSecondSent = true;
  });
  peer.write(first);
  await once(peer, 'close');
  server.close();
  return text;
}

const isKept = async (respond: (response: ServerResponse) => void, first: string): Promise<boolean> =>
  (await receive(respond, first)).includes('second');

describe.each(Object.entries(VERSIONS))('a response over %s', (version, line) => {
  const request = `GET /1 ${version}\r\nHost: a\r\n${line}\r\n`;

  describe.each(Object.entries(heads))('with Content-Length by %s', (_, head) => {
    it.each([
      ['too short', 7, five],
      ['too long', 3, five],
      ['missing', 5, none],
    ] as const)('and a body that is %s is the last', async (_, length, ways) => {
      for (const [way, write] of Object.entries(ways)) {
        const kept = await isKept((response) => {
          head(response, length);
          write(response);
        }, request);
        expect(kept, way).toBe(false);
      }
    });

    it('and a body of that length is not the last', async () => {
      for (const [way, write] of Object.entries(five)) {
        const kept = await isKept((response) => {
          head(response, 5);
          write(response);
        }, request);
        expect(kept, way).toBe(true);
      }
    });
  });

  it.each(odd)('with Content-Length %j is the last', async (value) => {
    for (const [way, write] of Object.entries(five)) {
      const kept = await isKept((response) => {
        response.setHeader('Content-Length', value);
        write(response);
      }, request);
      expect(kept, way).toBe(false);
    }
  });
});

describe('a response without a body', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['HEAD', 'HEAD', 200],
    ['204', 'GET', 204],
    ['304', 'GET', 304],
  ];
  it.each(cases)('is not the last, whatever its Content-Length: %s', async (_, method, status) => {
    for (const write of [...Object.values(none), ...Object.values(five)]) {
      const kept = await isKept((response) => {
        response.writeHead(status, { 'Content-Length': 9 });
        write(response);
      }, `${method} /1 HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(kept).toBe(true);
    }
  });

  it('is not the last without Content-Length, or if chunked', async () => {
    for (const write of [...Object.values(none), ...Object.values(five)]) {
      expect(await isKept((response) => write(response), 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n')).toBe(true);
      const kept = await isKept((response) => {
        response.setHeader('Transfer-Encoding', 'chunked');
        write(response);
      }, 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(kept).toBe(true);
    }
  });
});

describe('a pipelined response with a wrong length', () => {
  it('is the last: the responses before it are sent, those after it are not', async () => {
    const writes: Record<string, Write> = {
      '/a': (message) => message.end('first'),
      '/b': (message) => message.end('short'),
      '/c': (message) => message.end('third'),
    };
    const closed: string[] = [];
    const server = statewire.createServer((req, res) => {
      res.on('close', () => closed.push(req.url as string));
      if (req.url === '/b') res.setHeader('Content-Length', 9);
      writes[req.url as string]?.(res);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    peer.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    peer.write(['/a', '/b', '/c'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    await once(peer, 'close');
    server.close();
    await once(server, 'close');
    expect([...text.matchAll(/first|short|third/g)].map(String)).toEqual(['first', 'short']);
    expect(closed.filter((path) => path !== '/c')).toEqual(['/a', '/b']);
  });
});

/** Whether a second request uses the socket of the first, whose response is sent as soon as the peer has received `until`. */
async function isReused(
  options: object,
  send: (request: ClientRequest) => void,
  until: string,
  respond = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
): Promise<boolean> {
  let text = '';
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    let hasResponded = false;
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (hasResponded || (sockets.length === 1 && !text.includes(until))) return;
      hasResponded = true;
      socket.write(respond);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { port } = server.address() as AddressInfo;
  const request = statewire.request({ port, host: '127.0.0.1', agent, method: 'POST', ...options });
  request.on('response', (response) => response.resume());
  send(request);
  await once(request, 'close');
  const next = statewire.get({ port, host: '127.0.0.1', agent });
  await once(next, 'socket');
  const { reusedSocket } = next;
  next.on('error', () => {}).destroy();
  agent.destroy();
  for (const socket of sockets) socket.destroy();
  server.close();
  return reusedSocket;
}

const lengthOptions: Readonly<Record<string, (length: number) => object>> = {
  'headers: number': (length) => ({ headers: { 'Content-Length': length } }),
  'headers: text': (length) => ({ headers: { 'content-length': `${length}` } }),
  'headers: array': (length) => ({ headers: ['Host', 'a', 'Content-Length', `${length}`] }),
  'GET with a length': (length) => ({ method: 'GET', headers: { 'Content-Length': length } }),
};

describe.each(Object.entries(lengthOptions))('the socket of a request with Content-Length by %s', (_, optionsOf) => {
  it.each([
    ['too short', 7, five, 'hello'],
    ['too long', 3, five, 'hello'],
    ['missing', 5, none, '\r\n\r\n'],
  ] as const)('is not reused if its body is %s', async (_, length, ways, until) => {
    for (const [way, write] of Object.entries(ways)) {
      expect(await isReused(optionsOf(length), write, until), way).toBe(false);
    }
  });

  it('is reused if its body has that length', async () => {
    for (const [way, write] of Object.entries(five)) {
      expect(await isReused(optionsOf(5), write, 'hello'), way).toBe(true);
    }
  });

  it('is not reused if its body is too short and ends after the response', async () => {
    const send = (request: ClientRequest) => {
      request.write('hel');
      request.on('response', (response) => response.on('end', () => setImmediate(() => request.end('l'))));
    };
    expect(await isReused(optionsOf(5), send, 'hel')).toBe(false);
  });

  it('is reused if its body has that length and ends after the response', async () => {
    const send = (request: ClientRequest) => {
      request.write('hel');
      request.on('response', (response) => response.on('end', () => setImmediate(() => request.end('lo'))));
    };
    expect(await isReused(optionsOf(5), send, 'hel')).toBe(true);
  });
});

describe('the socket of a request with Expect: 100-continue', () => {
  it('is not reused after 417 if the content is not sent', async () => {
    const send = (request: ClientRequest) => request.on('response', () => request.end());
    const options = { headers: { Expect: '100-continue', 'Content-Length': 5 } };
    const refusal = 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n';
    expect(await isReused(options, send, '\r\n\r\n', refusal)).toBe(false);
  });
});

describe('a Transfer-Encoding without a value is left out', () => {
  const responses: Readonly<Record<string, [write: Write, length: number | undefined, framing: string]>> = {
    'with Content-Length': [five['write(), end()'] as Write, 5, 'Content-Length: 5'],
    'end(text)': [five['end(text)'] as Write, undefined, 'Content-Length: 5'],
    'write(), end()': [five['write(), end()'] as Write, undefined, 'Transfer-Encoding: chunked'],
  };
  for (const [name, [write, length, framing]] of Object.entries(responses)) {
    for (const value of ['', ' \t']) {
      it(`${name}: ${JSON.stringify(value)}`, async () => {
        const text = await receive((response) => {
          response.setHeader('transfer-encoding', value);
          if (length !== undefined) response.setHeader('Content-Length', length);
          write(response);
        }, 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
        const [head = ''] = text.split('\r\n\r\n', 1);
        expect(head.match(/(?:content-length|transfer-encoding):.*/gi)).toEqual([framing]);
        expect(text).toContain('second');
      });
    }
  }

  it('by a request, too', async () => {
    const server = net.createServer((socket) =>
      socket.once('data', (text) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${text}`)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const headers = { 'Transfer-Encoding': '', 'Content-Length': 5 };
    const request = statewire.request({ host: '127.0.0.1', port, agent: false, method: 'POST', headers });
    request.end('hello');
    let text = '';
    for await (const part of (await once(request, 'response'))[0]) text += part;
    server.close();
    expect(text).toMatch(/Content-Length: 5\r\n/);
    expect(text).not.toContain('Transfer-Encoding');
  });
});

/**
 * A body that is not as long as its Content-Length says, however that was set and the body was written: the connection
 * carries nothing behind it (RFC 9110 §8.6). One that is, or that needn't be, leaves it as it was.
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

/** Ways to say a length. */
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

/** Values that are no length, or not one. */
const odd: readonly (string | string[])[] = ['', '0x5', '5e0', '+5', '5.0', '5, 5', 'five', ['5', '6'], ['6', '5']];

const VERSIONS = { 'HTTP/1.1': '', 'HTTP/1.0': 'Connection: keep-alive\r\n' } as const;

/** What the peer gets of a request whose answer is made by `answer`, and of the one that it sends behind that. */
async function talk(answer: (response: ServerResponse) => void, first: string): Promise<string> {
  const server = statewire.createServer((req, res) => {
    if (req.url === '/2') res.end('second');
    else answer(res);
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

const isKept = async (answer: (response: ServerResponse) => void, first: string): Promise<boolean> =>
  (await talk(answer, first)).includes('second');

describe.each(Object.entries(VERSIONS))('the answer to a request of %s', (version, line) => {
  const request = `GET /1 ${version}\r\nHost: a\r\n${line}\r\n`;

  describe.each(Object.entries(heads))('whose length is said by %s', (_, head) => {
    it.each([
      ['too short', 7, five],
      ['too long', 3, five],
      ['not there', 5, none],
    ] as const)('and whose body is %s is the last', async (_, length, ways) => {
      for (const [way, write] of Object.entries(ways)) {
        const kept = await isKept((response) => {
          head(response, length);
          write(response);
        }, request);
        expect(kept, way).toBe(false);
      }
    });

    it('and whose body is as long is not', async () => {
      for (const [way, write] of Object.entries(five)) {
        const kept = await isKept((response) => {
          head(response, 5);
          write(response);
        }, request);
        expect(kept, way).toBe(true);
      }
    });
  });

  it.each(odd)('whose Content-Length is %j is the last', async (value) => {
    for (const [way, write] of Object.entries(five)) {
      const kept = await isKept((response) => {
        response.setHeader('Content-Length', value);
        write(response);
      }, request);
      expect(kept, way).toBe(false);
    }
  });
});

describe('an answer that has no body', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['HEAD', 'HEAD', 200],
    ['204', 'GET', 204],
    ['304', 'GET', 304],
  ];
  it.each(cases)('is not the last because of its Content-Length: %s', async (_, method, status) => {
    for (const write of [...Object.values(none), ...Object.values(five)]) {
      const kept = await isKept((response) => {
        response.writeHead(status, { 'Content-Length': 9 });
        write(response);
      }, `${method} /1 HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(kept).toBe(true);
    }
  });

  it('nor is one whose length is not said, or in chunks', async () => {
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

describe('pipelined', () => {
  it('what stands behind it is not answered, and what stands before it is', async () => {
    const answers: Record<string, Write> = {
      '/a': (message) => message.end('first'),
      '/b': (message) => message.end('short'),
      '/c': (message) => message.end('third'),
    };
    const closed: string[] = [];
    const server = statewire.createServer((req, res) => {
      res.on('close', () => closed.push(req.url as string));
      if (req.url === '/b') res.setHeader('Content-Length', 9);
      answers[req.url as string]?.(res);
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

/** Whether a second request is sent on the socket of the first, which is answered when `until` has come or it is ended. */
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
    let isAnswered = false;
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isAnswered || (sockets.length === 1 && !text.includes(until))) return;
      isAnswered = true;
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

const saying: Readonly<Record<string, (length: number) => object>> = {
  'headers: number': (length) => ({ headers: { 'Content-Length': length } }),
  'headers: text': (length) => ({ headers: { 'content-length': `${length}` } }),
  'headers: array': (length) => ({ headers: ['Host', 'a', 'Content-Length', `${length}`] }),
  'GET with a length': (length) => ({ method: 'GET', headers: { 'Content-Length': length } }),
};

describe.each(Object.entries(saying))('the socket of a request whose length is said by %s', (_, say) => {
  it.each([
    ['too short', 7, five, 'hello'],
    ['too long', 3, five, 'hello'],
    ['not there', 5, none, '\r\n\r\n'],
  ] as const)('is not used again when its body is %s', async (_, length, ways, until) => {
    for (const [way, write] of Object.entries(ways)) {
      expect(await isReused(say(length), write, until), way).toBe(false);
    }
  });

  it('is used again when its body is as long', async () => {
    for (const [way, write] of Object.entries(five)) {
      expect(await isReused(say(5), write, 'hello'), way).toBe(true);
    }
  });

  it('is not used again when its body is too short, and the answer was read before its end', async () => {
    const send = (request: ClientRequest) => {
      request.write('hel');
      request.on('response', (response) => response.on('end', () => setImmediate(() => request.end('l'))));
    };
    expect(await isReused(say(5), send, 'hel')).toBe(false);
  });

  it('is used again when its body is as long, and the answer was read before its end', async () => {
    const send = (request: ClientRequest) => {
      request.write('hel');
      request.on('response', (response) => response.on('end', () => setImmediate(() => request.end('lo'))));
    };
    expect(await isReused(say(5), send, 'hel')).toBe(true);
  });
});

describe('the socket of a request that expects 100', () => {
  it('is not used again when it is refused, and its content is not sent', async () => {
    const send = (request: ClientRequest) => request.on('response', () => request.end());
    const options = { headers: { Expect: '100-continue', 'Content-Length': 5 } };
    const refusal = 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n';
    expect(await isReused(options, send, '\r\n\r\n', refusal)).toBe(false);
  });
});

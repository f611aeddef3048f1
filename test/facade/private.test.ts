/** Undocumented parts of messages that programs use, found in Node's own tests. */
import { once } from 'node:events';
import type { Agent, ClientRequest, RequestOptions } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { PassThrough, type Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { exchange } from './kit/exchange.js';
import { type Http, http, twice } from './kit/twice.js';

interface Sending {
  _implicitHeader(): void;
  _send(data: string): boolean;
  _flushOutput(socket: Writable): boolean | undefined;
}

const sending = (message: unknown) => message as Sending;

/** A message whose own `_implicitHeader` creates no head. */
function headless(http: Http) {
  const message = new http.OutgoingMessage();
  sending(message)._implicitHeader = () => {};
  return message;
}

describe('a message without a head', () => {
  twice('buffers writes', (http) => {
    const message = headless(http);
    return [message.write('asd'), message.writableLength, message.write(Buffer.from('fg')), message.writableLength];
  });

  twice('sends on end(), to a socket set by the program', async (http) => {
    const message = headless(http);
    const socket = new PassThrough();
    Object.assign(socket, { _httpMessage: message });
    Object.assign(message, { socket });
    message.end('hello world');
    const [chunk] = await once(socket, 'data');
    return String(chunk);
  });

  twice('sends what it has buffered on _flushOutput()', async (http) => {
    const socket = new PassThrough();
    const message = headless(http);
    message.write('one');
    sending(message)._flushOutput(socket);
    const [chunk] = await once(socket, 'data');
    return [String(chunk), message.writableLength];
  });
});

describe('_send()', () => {
  twice('sends text unchanged, after the head', (http) =>
    exchange(http, (_req, res) => {
      res.writeHead(200, { 'Content-Length': 5 });
      sending(res)._send('he');
      sending(res)._send('');
      res.end('llo');
    }),
  );
});

describe('strictContentLength', () => {
  twice('allows another end() after one that was too short', (http) =>
    exchange(http, (_req, res) => {
      res.strictContentLength = true;
      res.setHeader('Content-Length', 5);
      res.write('a');
      expect(() => res.end('aaa')).toThrow(/content-length of 4/);
      res.end('bbbb');
    }),
  );
});

describe('a request without Host', () => {
  const respond = (_req: unknown, socket: { end(text: string): void }) => socket.end('HTTP/1.1 204 No Content\r\n\r\n');
  const lines = {
    upgrades: 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    connects: 'CONNECT a.test:80 HTTP/1.1\r\n\r\n',
  };
  for (const [name, send] of Object.entries(lines)) {
    twice(`${name}, with a listener`, (http) =>
      exchange(http, () => {}, {
        send,
        prepare: (server) => server.on('upgrade', respond).on('connect', respond),
      }),
    );
    twice(`${name}, without a listener`, async (http) => [await exchange(http, () => {}, { send })]);
  }
});

interface Scenario {
  readonly options?: RequestOptions & { agentTimeout?: number };
  readonly with: (request: ClientRequest, log: unknown[]) => void;
}

/** Makes a request to a server that responds at once; resolves with the log when the request has closed. */
async function run(http: Http, { options = {}, with: act }: Scenario): Promise<unknown[]> {
  const server = http.createServer((_req, res) => res.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new http.Agent({ keepAlive: true, timeout: options.agentTimeout });
  const { port } = server.address() as AddressInfo;
  const request = http.request({ agent, host: '127.0.0.1', port, ...options });
  const log: unknown[] = [];
  act(request, log);
  request.on('response', (response) => response.resume()).end();
  await once(request, 'close');
  agent.destroy();
  server.close();
  await once(server, 'close');
  return log;
}

describe("the parser of a request's socket", () => {
  type Member = { readonly parser: { readonly incoming: unknown } | null };
  twice('has the response that is being read', (http) =>
    run(http, {
      with: (request, log) => {
        let socket: Member | undefined;
        request.on('socket', (given: unknown) => {
          socket = given as Member;
          log.push(socket.parser?.incoming);
        });
        request.on('response', (response) => log.push(socket?.parser?.incoming === response));
        request.on('close', () => log.push(socket?.parser));
      },
    }),
  );
});

describe("the listeners to 'timeout' of a request's socket", () => {
  const count = (request: ClientRequest, log: unknown[]) => {
    let socket: Socket;
    const note = () => {
      const { timeoutCb } = request as unknown as { timeoutCb: (() => void) | null };
      const listeners = socket.listeners('timeout') as (() => void)[];
      log.push(listeners.length, timeoutCb === null ? -1 : listeners.indexOf(timeoutCb));
    };
    request.on('socket', (given) => {
      socket = given;
      note();
    });
    request.on('response', (response) => {
      note();
      response.on('end', note);
    });
    request.on('close', note);
  };
  twice('are those of the program', (http) => run(http, { with: count }));
  twice('are one more with the option', (http) => run(http, { options: { timeout: 5000 }, with: count }));
  twice("are one more with the agent's option", (http) => run(http, { options: { agentTimeout: 5000 }, with: count }));
  twice('are one more after setTimeout()', (http) =>
    run(http, { with: (request, log) => count(request.setTimeout(5000), log) }),
  );

  twice('emit timeout on the request once, on its response each time', (http) =>
    run(http, {
      options: { timeout: 5000 },
      with: (request, log) => {
        request.on('timeout', () => log.push('request'));
        request.on('socket', (socket) => {
          socket.on('timeout', () => log.push('socket'));
          for (const _ of 'ab') socket.emit('timeout');
          request.setTimeout(6000);
          socket.emit('timeout');
        });
        request.on('response', (response) => {
          response.on('timeout', () => log.push('response'));
          for (const _ of 'ab') response.socket.emit('timeout');
        });
      },
    }),
  );
});

describe('CONNECT', () => {
  for (const [name, write] of [
    ['write() and end()', (request: ClientRequest) => request.write('he') && request.end('llo')],
    ['end() alone', (request: ClientRequest) => request.end('hello')],
    ['write() after flushHeaders()', (request: ClientRequest) => request.flushHeaders() ?? request.end('hello')],
  ] as const) {
    twice(`sends what follows its head unchanged: ${name}`, async (http) => {
      const server = http.createServer().listen(0, '127.0.0.1');
      server.on('connect', (_req, socket, head) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.write(head);
        socket.pipe(socket);
      });
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const request = http.request({ method: 'CONNECT', path: 'a.test:80', host: '127.0.0.1', port });
      write(request);
      const [, socket, head] = await once(request, 'connect');
      let echoed = String(head);
      socket.on('data', (chunk: Buffer) => {
        echoed += chunk;
      });
      const { _httpMessage: message } = socket as { _httpMessage: unknown };
      while (echoed.length < 5) await once(socket, 'data');
      socket.destroy();
      server.close();
      return [message, echoed];
    });
  }
});

describe('a request with createConnection and no agent', () => {
  for (const options of [{}, { port: 80 }, { port: 81 }, { defaultPort: 80 }]) {
    twice(`has a port in Host, and Connection: close: ${JSON.stringify(options)}`, async (http) => {
      const socket = new PassThrough();
      const request = http.request({ createConnection: () => socket as never, ...options });
      request.on('error', () => {});
      request.end();
      const [head] = await once(socket, 'data');
      request.destroy();
      return String(head);
    });
  }
});

// The host emits the error on the request; by the documentation abort() before there is a socket causes no error.
describe('a request aborted before it got its socket', () => {
  it('handles a late error of the socket', async () => {
    const socket = new net.Socket();
    const request = http.statewire.request({ createConnection: () => socket });
    request.abort();
    process.nextTick(() => socket.destroy(new Error('late')));
    await once(request, 'close');
    expect(socket.listenerCount('error')).toBeGreaterThan(0);
  });
});

describe('an agent', () => {
  twice('to which one request is added twice serves it once', async (http) => {
    const server = http.createServer((_req, res) => res.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new http.Agent({ keepAlive: true });
    const request = http.request({ host: 'localhost', family: 4, port });
    const name = agent.getName(request as never);
    Object.assign(agent.freeSockets, { [name]: [new net.Socket()] });
    (agent as Agent & { addRequest(request: ClientRequest, options: object): void }).addRequest(request, {});
    request.end();
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    server.close();
    server.closeAllConnections();
    return response.statusCode;
  });
});

// The host sends it unframed, after a head without a body: the peer reads it as the next request.
describe('content of a GET whose head was sent', () => {
  it('is rejected', async () => {
    const server = http.statewire.createServer((_req, res) => res.end());
    server.on('request', () => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const request = http.statewire.request({ host: '127.0.0.1', port });
    const responded = once(request, 'response');
    request.flushHeaders();
    await once(server, 'request');
    expect(() => request.end('data')).toThrow(expect.objectContaining({ code: 'ERR_HTTP_BODY_NOT_ALLOWED' }));
    request.end();
    const [response] = await responded;
    await once(response.resume(), 'end');
    server.close();
    server.closeAllConnections();
  });
});

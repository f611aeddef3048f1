/** The classes used as constructors without class syntax, as in widely used packages. */
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Duplex, Readable, Stream, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { inherits } from 'node:util';
import { describe } from 'vitest';
import { exchange } from './kit/exchange.js';
import { type Applied, applied, type Http, twice } from './kit/twice.js';

/** The type of a class made by `inherits` and a constructor function. */
type Made = new (...args: unknown[]) => import('node:http').ServerResponse & import('node:http').IncomingMessage;

const GET_1_1 = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 };

/** A subclass by `util.inherits`, whose constructor calls the base on its own `this`. */
function derive(base: unknown, construct: Applied): Made {
  const Derived = function Derived(this: unknown, ...args: unknown[]) {
    construct.apply(this, args);
  };
  inherits(Derived, base as Made);
  return Derived as unknown as Made;
}

/** A writable that records what it receives. */
function sink(): Writable & { text: string } {
  const target = new Writable({
    write(chunk, _encoding, done) {
      kept.text += chunk;
      done();
    },
  });
  const kept = Object.assign(target, { text: '' });
  return kept;
}

const undated = (text: string) => text.replace(/Date: [^\r]*\r\n/, '');

describe('ServerResponse applied to an object of the program', () => {
  twice('sends to its assigned socket (light-my-request, shot)', async (http) => {
    const Response = derive(http.ServerResponse, function (req) {
      applied(http.ServerResponse).call(this, req);
    });
    const response = new Response(GET_1_1);
    const socket = sink();
    response.assignSocket(socket as never);
    response.setHeader('a', 'b');
    response.write('one');
    response.end('two');
    await once(response, 'finish');
    return [undated(socket.text), response.statusCode, response.writableFinished];
  });

  twice('responds with HTTP/1.1 to a request without a version', async (http) => {
    const response = new http.ServerResponse({ method: 'GET' } as never);
    const socket = sink();
    response.assignSocket(socket as never);
    response.end('two');
    await once(response, 'finish');
    return [undated(socket.text), response.shouldKeepAlive];
  });

  for (const none of [undefined, null, false, 0, '']) {
    twice(`is of the standard class where the option of a server is ${JSON.stringify(none)}`, (http) =>
      exchange(http, (_req, res) => res.end('x'), {
        options: { IncomingMessage: none, ServerResponse: none } as never,
      }),
    );
  }

  twice('buffers writes before it has a socket', async (http) => {
    const response = new http.ServerResponse(GET_1_1 as never);
    response.write('one');
    response.end('two');
    const kept = response.writableLength > 0;
    const socket = sink();
    response.assignSocket(socket as never);
    await once(response, 'finish');
    return [undated(socket.text), kept];
  });

  twice('can have its methods overridden, which call the prototype’s (light-my-request)', async (http) => {
    const log: string[] = [];
    const Response = derive(http.ServerResponse, function () {
      applied(http.ServerResponse).call(this, GET_1_1);
    });
    const { write, end, writeHead } = http.ServerResponse.prototype;
    Object.assign(Response.prototype, {
      write(this: unknown, ...args: unknown[]) {
        log.push(`write ${args[0]}`);
        return (write as Applied).apply(this, args);
      },
      end(this: unknown, ...args: unknown[]) {
        log.push(`end ${args[0]}`);
        return (end as Applied).apply(this, args);
      },
      writeHead(this: unknown, ...args: unknown[]) {
        log.push(`writeHead ${args[0]}`);
        return (writeHead as Applied).apply(this, args);
      },
    });
    const response = new Response();
    response.assignSocket(sink() as never);
    response.write('one');
    response.end('two');
    await once(response, 'finish');
    return log;
  });

  twice('is an instance of all its base classes', (http) => {
    const Response = derive(http.ServerResponse, function () {
      applied(http.ServerResponse).call(this, GET_1_1);
    });
    const response = new Response();
    return [http.ServerResponse, http.OutgoingMessage, Stream, EventEmitter, Writable].map(
      (each) => response instanceof (each as never),
    );
  });
});

describe('OutgoingMessage applied to an object of the program', () => {
  twice('stores headers (nock)', (http) => {
    const Request = derive(http.OutgoingMessage, function () {
      applied(http.OutgoingMessage).call(this);
    });
    const request = new Request();
    request.setHeader('Content-Type', 'text/plain');
    request.setHeader('a', ['b', 'c']);
    return { ...request.getHeaders(), names: request.getHeaderNames(), sent: request.headersSent };
  });

  twice('has no implicit head', (http) => {
    const message = new http.OutgoingMessage();
    try {
      message.end();
      return 'ended';
    } catch (error) {
      return [(error as NodeJS.ErrnoException).code, (error as Error).message];
    }
  });

  for (const [name, prototype] of Object.entries({
    'a stream': Stream.prototype,
    'an emitter': EventEmitter.prototype,
  })) {
    twice(`sets up ${name} that is no instance`, (http) => {
      const foreign = Object.create(prototype) as Record<string, unknown>;
      const returned = applied(http.OutgoingMessage).call(foreign);
      const keys = ['writable', 'finished', 'sendDate', 'outputData', 'shouldKeepAlive', '_hasBody', 'destroyed'];
      return [returned === undefined, ...keys.map((key) => foreign[key])];
    });
  }

  twice('sets up an object that borrows methods', (http) => {
    const { setHeader, getHeaders, hasHeader, removeHeader } = http.OutgoingMessage.prototype;
    const borrower = Object.assign(Object.create(EventEmitter.prototype), {
      setHeader,
      getHeaders,
      hasHeader,
      removeHeader,
      // Node 24 calls this method itself.
      _isLenientHeaderValidation: () => false,
    });
    applied(http.OutgoingMessage).call(borrower);
    borrower.setHeader('A', 'b');
    borrower.setHeader('c', 'd');
    borrower.removeHeader('C');
    return [{ ...borrower.getHeaders() }, borrower.hasHeader('a')];
  });

  twice('a response sets up an object that is no instance', (http) => {
    const foreign = Object.create(EventEmitter.prototype) as Record<string, unknown>;
    applied(http.ServerResponse).call(foreign, { ...GET_1_1, method: 'HEAD' });
    return ['statusMessage', '_hasBody', 'sendDate', '_sent100', 'shouldKeepAlive'].map((key) => foreign[key]);
  });
});

describe('IncomingMessage', () => {
  twice('can be created by the program, and read', async (http) => {
    const message = new http.IncomingMessage(undefined as never);
    message.push('one');
    message.push(null);
    let text = '';
    for await (const chunk of message) text += chunk;
    return [text, message.readableEnded, message instanceof Readable];
  });

  twice('can be applied to an object of the program', (http) => {
    const Request = derive(http.IncomingMessage, function (socket) {
      applied(http.IncomingMessage).call(this, socket);
    });
    const request = new Request(undefined);
    Object.assign(request, { method: 'GET', url: '/', headers: { a: 'b' } });
    return [request.headers, request.url, request.httpVersion, request.complete, request.rawHeaders, request.aborted];
  });

  twice('accepts headers line by line', (http) => {
    const message = new http.IncomingMessage(undefined as never) as never as {
      _addHeaderLine(name: string, value: string, into: object): void;
    };
    const into = {};
    for (const value of ['b', 'c']) message._addHeaderLine('a', value, into);
    message._addHeaderLine('Set-Cookie', 'd', into);
    message._addHeaderLine('Host', 'e', into);
    message._addHeaderLine('host', 'f', into);
    return into;
  });

  for (const complete of [false, true]) {
    twice(`adds ${complete ? 'trailers' : 'headers'} to those that were set or read`, (http) => {
      const add = (message: IncomingMessage) => {
        const lines = ['A', '2', 'Set-Cookie', '3'];
        (message as never as { _addHeaderLines(lines: string[], count: number): void })._addHeaderLines(lines, 4);
        return [message.headers, message.trailers, message.rawHeaders, message.rawTrailers];
      };
      const make = () => Object.assign(new http.IncomingMessage(undefined as never), { complete });
      const [unread, read, set] = [make(), make(), make()];
      set[complete ? 'trailers' : 'headers'] = { a: '1', c: '1' };
      return [add(unread), read.headers, read.trailers, add(read), add(set)];
    });
  }
});

describe('Server', () => {
  const hello: Applied = (_req, res) => (res as { end(text: string): void }).end('hello');

  twice('can be called without new', (http) => {
    const server = applied(http.Server)({ keepAliveTimeout: 7 }, hello) as InstanceType<Http['Server']>;
    return [server instanceof http.Server, server.listenerCount('request'), server.keepAliveTimeout];
  });

  twice('can be inherited by util.inherits', (http) => {
    const Server = derive(http.Server, function (listener) {
      applied(http.Server).call(this, listener);
    });
    const server = new Server(hello) as unknown as InstanceType<Http['Server']>;
    return [server instanceof http.Server, server instanceof Server, server.listenerCount('request')];
  });

  twice('can be extended by a class', async (http) => {
    class Mine extends http.Server {
      readonly mine = true;
    }
    const server = new Mine(hello as never);
    return [server.mine, server instanceof http.Server, server.timeout, server.listenerCount('request')];
  });

  twice('creates messages of the given classes', async (http) => {
    class Request extends http.IncomingMessage {
      get path() {
        return `path ${this.url}`;
      }
    }
    class Response extends http.ServerResponse {
      send(text: string) {
        this.end(`sent ${text}`);
      }
    }
    return exchange(http, (req, res) => (res as Response).send((req as Request).path), {
      options: { IncomingMessage: Request, ServerResponse: Response as never },
    });
  });

  twice('serves any Duplex passed to it', async (http) => {
    const server = http.createServer((_req, res) => res.end('hello'));
    let out = '';
    const socket = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        out += chunk;
        done();
      },
    });
    server.emit('connection', socket);
    socket.push('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await finished(socket, { readable: false });
    return undated(out);
  });
});

/** What a TypeScript program sees of the face are the types of node:http. The compiler is the judge: `npm run types`. */
import type * as node from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expectTypeOf, it } from 'vitest';
import http, {
  createServer,
  type IncomingHttpHeaders,
  IncomingMessage,
  type RequestListener,
  Server,
  type ServerOptions,
  ServerResponse,
} from '../../src/index.js';

type Known<T> = keyof { [Key in keyof T as string extends Key ? never : number extends Key ? never : Key]: T[Key] };

describe('a request', () => {
  it('is one of node:http', () => {
    expectTypeOf<IncomingMessage>().toExtend<node.IncomingMessage>();
  });

  it('has fields of the same types', () => {
    type Fields = 'method' | 'url' | 'httpVersion' | 'socket' | 'statusCode' | 'statusMessage' | 'headersDistinct';
    expectTypeOf<Pick<IncomingMessage, Fields>>().toEqualTypeOf<Pick<node.IncomingMessage, Fields>>();
    expectTypeOf<IncomingMessage['trailers']>().toEqualTypeOf<node.IncomingMessage['trailers']>();
  });

  it('knows the headers that node:http knows', () => {
    type Names = Known<node.IncomingHttpHeaders>;
    expectTypeOf<Pick<IncomingHttpHeaders, Names>>().toEqualTypeOf<Pick<node.IncomingHttpHeaders, Names>>();
    expectTypeOf<IncomingMessage['headers']>().toExtend<node.IncomingHttpHeaders>();
    expectTypeOf<IncomingHttpHeaders['host']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<IncomingHttpHeaders['x-mine']>().toEqualTypeOf<string | string[] | undefined>();
  });

  it('is made with any Duplex', () => {
    expectTypeOf(IncomingMessage).toBeConstructibleWith({} as Duplex);
  });
});

describe('a response', () => {
  it('is one of node:http', () => {
    expectTypeOf<ServerResponse>().toExtend<node.ServerResponse>();
  });

  it('has fields of the same types', () => {
    type Fields = 'socket' | 'statusCode' | 'statusMessage' | 'headersSent' | 'getHeader';
    type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
    expectTypeOf<Writable<Pick<ServerResponse, Fields>>>().toEqualTypeOf<Writable<Pick<node.ServerResponse, Fields>>>();
    expectTypeOf<ServerResponse['req']>().toExtend<IncomingMessage>();
  });

  it('takes the headers of node:http', () => {
    expectTypeOf<ServerResponse['writeHead']>().toBeCallableWith(200, {} as node.OutgoingHttpHeaders);
    expectTypeOf<ServerResponse['writeHead']>().toBeCallableWith(200, 'OK', {} as node.OutgoingHttpHeaders);
  });
});

describe('a server', () => {
  it('takes a listener made for node:http', () => {
    const make = (listener: node.RequestListener) => [
      createServer(listener),
      http.createServer({ keepAliveTimeout: 1 }, listener),
      new Server(listener).on('checkContinue', listener),
    ];
    expectTypeOf(make).returns.toExtend<Server[]>();
  });

  it('is one of node:http', () => {
    expectTypeOf<Server>().toExtend<node.Server>();
    expectTypeOf<node.RequestListener>().toExtend<RequestListener>();
  });

  it('is told of no option that has no effect', () => {
    expectTypeOf<ServerOptions>().not.toHaveProperty('allowHalfOpen');
    expectTypeOf<ServerOptions>().not.toHaveProperty('pauseOnConnect');
  });

  it('knows what its listeners get', () => {
    const listen = (server: Server) => {
      server.on('request', (req, res) => {
        expectTypeOf(req).toExtend<IncomingMessage>();
        expectTypeOf(res).toExtend<ServerResponse>();
        expectTypeOf(res.req).toExtend<IncomingMessage>();
      });
      server.once('upgrade', (_req, socket, head) => {
        expectTypeOf(socket).toEqualTypeOf<Duplex>();
        expectTypeOf(head).toExtend<Buffer>();
      });
      server.addListener('clientError', (error, socket) => {
        expectTypeOf(error).toEqualTypeOf<Error>();
        expectTypeOf(socket).toEqualTypeOf<Duplex>();
      });
      server.on('timeout', (socket) => expectTypeOf(socket).toEqualTypeOf<Socket>());
      server.on('dropRequest', (req) => expectTypeOf(req).toExtend<IncomingMessage>());
      server.on('of the program', (..._anything: number[]) => {});
    };
    expectTypeOf(listen).returns.toBeVoid();
  });

  it('refuses listeners of another kind', () => {
    const listen = (server: Server) => {
      // @ts-expect-error: a request is no number
      server.on('request', (_req: number) => {});
      // @ts-expect-error: a connection has no response
      server.on('connection', (_socket: Socket, _res: ServerResponse) => {});
      // @ts-expect-error: the error comes first
      server.prependListener('clientError', (_socket: Duplex, _error: Error) => {});
      // @ts-expect-error: the head is a Buffer
      server.once('connect', (_req: IncomingMessage, _socket: Duplex, _head: string) => {});
      // @ts-expect-error: a listener is a function
      server.on('checkContinue', 1);
    };
    expectTypeOf(listen).returns.toBeVoid();
    // @ts-expect-error: a listener takes no number
    const make = () => createServer((_req: number) => {});
    expectTypeOf(make).returns.toExtend<Server>();
  });

  it('makes requests and responses of the classes that it is given', () => {
    class Request extends IncomingMessage {
      user = 'nobody';
    }
    class Response<R extends IncomingMessage> extends ServerResponse<R> {
      tell(): void {}
    }
    const make = () =>
      createServer({ IncomingMessage: Request, ServerResponse: Response<Request> }, (req, res) => {
        expectTypeOf(req.user).toBeString();
        expectTypeOf(res.req.user).toBeString();
        res.tell();
      });
    expectTypeOf(make).returns.toExtend<Server<typeof Request>>();
    class Mine extends Server {}
    expectTypeOf<Mine>().toExtend<Server>();
  });
});

/** To a TypeScript program, the API has the types of node:http. The compiler checks this: `npm run types`. */
import type * as node from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expectTypeOf, it } from 'vitest';
import http, {
  Agent,
  type AgentOptions,
  ClientRequest,
  type ClientRequestArgs,
  createServer,
  type EventOrder,
  get,
  type IncomingHttpHeaders,
  IncomingMessage,
  type InformationEvent,
  OutgoingMessage,
  type ProxyEnv,
  type RequestListener,
  type RequestOptions,
  request,
  Server,
  type ServerOptions,
  ServerResponse,
} from '../../src/index.js';

/** For whole objects of functions `expectTypeOf` is too strict: what matters to a program is the compiler's own rule. */
const face: typeof node = http;

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

  it('has the headers of node:http', () => {
    type Names = Known<node.IncomingHttpHeaders>;
    expectTypeOf<Pick<IncomingHttpHeaders, Names>>().toEqualTypeOf<Pick<node.IncomingHttpHeaders, Names>>();
    expectTypeOf<IncomingMessage['headers']>().toExtend<node.IncomingHttpHeaders>();
    expectTypeOf<IncomingHttpHeaders['host']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<IncomingHttpHeaders['x-mine']>().toEqualTypeOf<string | string[] | undefined>();
  });

  it('can be created with any Duplex', () => {
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

  it('accepts the headers of node:http', () => {
    expectTypeOf<ServerResponse['writeHead']>().toBeCallableWith(200, {} as node.OutgoingHttpHeaders);
    expectTypeOf<ServerResponse['writeHead']>().toBeCallableWith(200, 'OK', {} as node.OutgoingHttpHeaders);
  });
});

describe('a server', () => {
  it('accepts a listener written for node:http', () => {
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

  it('accepts options that are declared by node:http', () => {
    const make = (options: node.ServerOptions) => [
      createServer(options, (req, res) => {
        expectTypeOf(req).toEqualTypeOf<IncomingMessage>();
        expectTypeOf(res).toExtend<ServerResponse>();
      }),
      createServer(options),
      new Server(options, (req) => expectTypeOf(req.upgrade).toEqualTypeOf<boolean | null>()),
      Server(options),
    ];
    expectTypeOf(make).returns.toExtend<Server[]>();
    // @ts-expect-error: a request is no URL
    const makeOther = () => createServer({ IncomingMessage: URL });
    // @ts-expect-error: a limit is a number
    const makeWrong = () => createServer({ maxHeaderSize: '1' });
    expectTypeOf([makeOther, makeWrong]).toExtend<(() => Server)[]>();
  });

  it('has no options without effect', () => {
    expectTypeOf<ServerOptions>().not.toHaveProperty('allowHalfOpen');
    expectTypeOf<ServerOptions>().not.toHaveProperty('pauseOnConnect');
  });

  it('knows the arguments of its listeners', () => {
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

  it('rejects listeners of another type', () => {
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
    // @ts-expect-error: a listener does not get a number
    const make = () => createServer((_req: number) => {});
    expectTypeOf(make).returns.toExtend<Server>();
  });

  it('creates requests and responses of the given classes', () => {
    class Request extends IncomingMessage {
      user = 'nobody';
    }
    class Response<R extends IncomingMessage> extends ServerResponse<R> {
      greet(): void {}
    }
    const make = () =>
      createServer({ IncomingMessage: Request, ServerResponse: Response<Request> }, (req, res) => {
        expectTypeOf(req.user).toBeString();
        expectTypeOf(res.req.user).toBeString();
        res.greet();
      });
    expectTypeOf(make).returns.toExtend<Server<typeof Request>>();
    class Mine extends Server {}
    expectTypeOf<Mine>().toExtend<Server>();
  });
});

describe('the API', () => {
  it('has the names of node:http', () => {
    expectTypeOf(face).toEqualTypeOf<typeof node>();
    const named = (all: typeof import('../../src/index.js')): typeof node => all;
    expectTypeOf(named).returns.toEqualTypeOf<typeof node>();
  });

  it('can be changed where that of node:http can', () => {
    const change = () => {
      http.globalAgent = new Agent();
      http.METHODS.push('MINE');
      http.STATUS_CODES[299] = 'Mine';
      http.request = request;
    };
    expectTypeOf(change).returns.toBeVoid();
  });

  it('has two orders of events', () => {
    expectTypeOf(http.eventOrder).toEqualTypeOf<EventOrder>();
    expectTypeOf<EventOrder>().toEqualTypeOf<'documented' | 'host'>();
    expectTypeOf<AgentOptions['eventOrder']>().toEqualTypeOf<EventOrder | undefined>();
  });

  it('has the types of node:http, assignable in both directions', () => {
    expectTypeOf<AgentOptions>().toExtend<node.AgentOptions>();
    expectTypeOf<node.AgentOptions>().toExtend<AgentOptions>();
    expectTypeOf<RequestOptions>().toExtend<node.RequestOptions>();
    expectTypeOf<node.RequestOptions>().toExtend<RequestOptions>();
    expectTypeOf<ClientRequestArgs>().toEqualTypeOf<RequestOptions>();
    expectTypeOf<InformationEvent>().toExtend<node.InformationEvent>();
    expectTypeOf<ProxyEnv>().toEqualTypeOf<node.ProxyEnv>();
    expectTypeOf<Omit<node.ServerOptions, 'IncomingMessage' | 'ServerResponse'>>().toExtend<ServerOptions>();
  });
});

describe('an outgoing message', () => {
  it('is one of node:http, and a Writable', () => {
    expectTypeOf<OutgoingMessage>().toExtend<node.OutgoingMessage>();
    expectTypeOf<OutgoingMessage<IncomingMessage>['req']>().toExtend<IncomingMessage>();
    expectTypeOf(OutgoingMessage.getEventListeners).toBeFunction();
  });
});

describe('a request of a client', () => {
  it('is one of node:http', () => {
    expectTypeOf<ClientRequest>().toExtend<node.ClientRequest>();
    expectTypeOf(request).returns.toEqualTypeOf<ClientRequest>();
    expectTypeOf(ClientRequest).toBeConstructibleWith('http://a', (_response) => {});
  });

  it('is created like those of node:http', () => {
    const make = (url: URL, agent: node.Agent, options: node.RequestOptions) => [
      request(url, (response) => expectTypeOf(response).toEqualTypeOf<IncomingMessage>()),
      request(url, { agent, timeout: 1 }, (response: node.IncomingMessage) => response.resume()),
      get({ agent: new Agent(), host: 'a', headers: ['a', 'b'] }),
      get(options),
    ];
    expectTypeOf(make).returns.toExtend<node.ClientRequest[]>();
  });

  it('knows the arguments of its listeners', () => {
    const listen = (made: ClientRequest) => {
      made.on('response', (response) => expectTypeOf(response).toEqualTypeOf<IncomingMessage>());
      made.once('socket', (socket) => expectTypeOf(socket).toEqualTypeOf<Socket>());
      made.prependListener('information', ({ rawHeaders }) => expectTypeOf(rawHeaders).toEqualTypeOf<string[]>());
      made.addListener('error', (error) => expectTypeOf(error).toEqualTypeOf<Error>());
      made.prependOnceListener('upgrade', (response, socket, head) => {
        expectTypeOf(response).toEqualTypeOf<IncomingMessage>();
        expectTypeOf(socket).toEqualTypeOf<Socket>();
        expectTypeOf(head).toExtend<Buffer>();
      });
      made.on('of the program', (..._anything: number[]) => {});
      // @ts-expect-error: a response is no number
      made.on('response', (_response: number) => {});
      // @ts-expect-error: the event has no argument
      made.on('continue', (_anything: string) => {});
    };
    expectTypeOf(listen).returns.toBeVoid();
  });
});

describe('an agent', () => {
  it('is one of node:http', () => {
    expectTypeOf<Agent>().toExtend<node.Agent>();
    const take = (_agent: node.Agent, _request: node.ClientRequest, _server: node.Server) => {};
    const check = (agent: Agent, made: ClientRequest, server: Server) => take(agent, made, server);
    expectTypeOf(check).returns.toBeVoid();
  });

  it('can be extended, with what Node declares', () => {
    class Mine extends Agent {
      constructor(options?: node.AgentOptions) {
        super({ ...options, keepAlive: true });
      }
      override createConnection(
        options: node.ClientRequestArgs,
        callback?: (error: Error | null, stream: Duplex) => void,
      ): Duplex | null | undefined {
        return super.createConnection(options, callback);
      }
      override keepSocketAlive(socket: Duplex): void {
        super.keepSocketAlive(socket as Socket);
      }
      override reuseSocket(_socket: Duplex, _request: node.ClientRequest): void {}
      override getName(options?: node.ClientRequestArgs): string {
        return super.getName(options);
      }
    }
    expectTypeOf<Mine>().toExtend<Agent>();
    expectTypeOf<Mine>().toExtend<node.Agent>();
    expectTypeOf(Agent()).toEqualTypeOf<Agent>();
  });
});

/** To a TypeScript program, the API has the types of node:https. The compiler checks this: `npm run types`. */
import type * as nodeHttp from 'node:http';
import type * as node from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import { describe, expectTypeOf, it } from 'vitest';
import https, {
  Agent,
  type AgentOptions,
  createServer,
  get,
  type RequestOptions,
  request,
  Server,
  type ServerOptions,
} from '../../src/https.js';
import http, { type ClientRequest, IncomingMessage, type ServerResponse } from '../../src/index.js';

/** For whole objects of functions `expectTypeOf` is too strict: what matters to a program is the compiler's own rule. */
const face: typeof node = https;

describe('the API', () => {
  it('has the names of node:https', () => {
    expectTypeOf(face).toEqualTypeOf<typeof node>();
    const named = (all: typeof import('../../src/https.js')): typeof node => all;
    expectTypeOf(named).returns.toEqualTypeOf<typeof node>();
  });

  it('can be changed where that of node:https can', () => {
    const change = () => {
      https.globalAgent = new Agent({ maxCachedSessions: 0 });
      https.globalAgent.options.ca = 'a certificate';
      https.request = request;
    };
    expectTypeOf(change).returns.toBeVoid();
  });

  it('has the types of node:https', () => {
    expectTypeOf<node.AgentOptions>().toExtend<AgentOptions>();
    expectTypeOf<AgentOptions>().toExtend<node.AgentOptions>();
    expectTypeOf<node.RequestOptions>().toExtend<RequestOptions>();
    expectTypeOf<Omit<node.ServerOptions, 'IncomingMessage' | 'ServerResponse'>>().toExtend<ServerOptions>();
  });
});

describe('a server', () => {
  it('is one of node:https and of node:tls', () => {
    expectTypeOf<Server>().toExtend<TlsServer>();
    expectTypeOf<Server>().toExtend<node.Server>();
  });

  it('accepts a listener written for node:http', () => {
    const make = (listener: nodeHttp.RequestListener) => [
      createServer(listener),
      https.createServer({ key: 'a', cert: 'b', keepAliveTimeout: 1 }, listener),
      new Server(listener).on('checkContinue', listener),
    ];
    expectTypeOf(make).returns.toExtend<Server[]>();
  });

  it('knows the arguments of its listeners', () => {
    const play = (server: Server) => {
      server.on('request', (req, res) => {
        expectTypeOf(req).toExtend<IncomingMessage>();
        expectTypeOf(res).toExtend<ServerResponse>();
      });
      server.on('secureConnection', (socket) => expectTypeOf(socket).toEqualTypeOf<TLSSocket>());
      server.once('tlsClientError', (error, socket) => {
        expectTypeOf(error).toEqualTypeOf<Error>();
        expectTypeOf(socket).toEqualTypeOf<TLSSocket>();
      });
      server.on('clientError', (_error, socket) => expectTypeOf(socket).toEqualTypeOf<Duplex>());
      server.on('resumeSession', (id, callback) => callback(null, id));
      server.on('of the program', (..._anything: number[]) => {});
      server.setSecureContext({ key: 'a' });
      server.headersTimeout = 1;
      server.closeIdleConnections();
    };
    expectTypeOf(play).returns.toBeVoid();
  });

  it('rejects listeners of another type', () => {
    const listen = (server: Server) => {
      // @ts-expect-error: a request is no number
      server.on('request', (_req: number) => {});
      // @ts-expect-error: the error comes first
      server.on('tlsClientError', (_socket: TLSSocket, _error: Error) => {});
    };
    expectTypeOf(listen).returns.toBeVoid();
    // @ts-expect-error: a listener does not get a number
    const make = () => createServer({}, (_req: number) => {});
    expectTypeOf(make).returns.toExtend<Server>();
  });

  it('accepts options that are declared by node:https', () => {
    const make = (options: node.ServerOptions) => [
      createServer(options, (req, res) => {
        expectTypeOf(req).toEqualTypeOf<IncomingMessage>();
        expectTypeOf(res).toExtend<ServerResponse>();
      }),
      new Server(options, (req) => expectTypeOf(req.upgrade).toEqualTypeOf<boolean | null>()),
      Server(options),
    ];
    expectTypeOf(make).returns.toExtend<Server[]>();
  });

  it('creates requests of the given class', () => {
    class Request extends IncomingMessage {
      user = 'nobody';
    }
    const make = () => createServer({ IncomingMessage: Request }, (req) => expectTypeOf(req.user).toBeString());
    expectTypeOf(make).returns.toExtend<Server<typeof Request>>();
  });
});

describe('an agent', () => {
  it('is one of node:https, and of http', () => {
    expectTypeOf<Agent>().toExtend<node.Agent>();
    expectTypeOf<Agent>().toExtend<InstanceType<typeof http.Agent>>();
  });

  it('can be extended, with what Node declares', () => {
    class Mine extends Agent {
      constructor(options?: node.AgentOptions) {
        super({ ...options, keepAlive: true });
      }
      override createConnection(
        options: node.RequestOptions,
        callback?: (error: Error | null, stream: Duplex) => void,
      ): Duplex | null | undefined {
        return super.createConnection(options, callback);
      }
      override getName(options?: node.RequestOptions): string {
        return super.getName(options);
      }
    }
    expectTypeOf<Mine>().toExtend<node.Agent>();
    expectTypeOf(Agent()).toEqualTypeOf<Agent>();
  });
});

describe('a request', () => {
  it('is created like those of node:https', () => {
    const make = (url: URL, agent: node.Agent, options: node.RequestOptions) => [
      request(url, (response) => expectTypeOf(response).toEqualTypeOf<IncomingMessage>()),
      request(url, { agent, timeout: 1, rejectUnauthorized: false, servername: 'a' }),
      get({ agent: new Agent(), host: 'a', ca: 'b', checkServerIdentity: () => undefined }),
      get(options),
    ];
    expectTypeOf(make).returns.toExtend<ClientRequest[]>();
    // @ts-expect-error: a name is a string
    expectTypeOf(() => get({ servername: 1 })).returns.toExtend<ClientRequest>();
  });
});

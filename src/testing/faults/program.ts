/** The program under test: what it is given, and what it gives. */
import { Server as NetServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { Agent } from '../../api/agent/Agent.js';
import { globalAgent } from '../../api/agent/globalAgent.js';
import { ClientRequest, get, request } from '../../api/client/ClientRequest.js';
import { invalidArgType } from '../../api/compat/errors.js';
import { IncomingMessage } from '../../api/message/IncomingMessage.js';
import { OutgoingMessage } from '../../api/message/OutgoingMessage.js';
import { factsOf } from '../../api/process/known.js';
import { createServer, Server } from '../../api/server/Server.js';
import { ServerResponse } from '../../api/server/ServerResponse.js';
import { atTurnEnd } from '../../io/clock.js';
import { METHODS } from '../../rules/methods.js';
import { STATUS_CODES } from '../../rules/status.js';
import type { Closable } from './caller.js';
import type { Target, Upstream } from './upstream.js';

/** The part of `statewire` that a program under test is given. It may import statewire itself as well. */
export interface FaultHttp {
  /** The agent's class, as that of `node:http`. */
  readonly Agent: typeof Agent;
  /** The class of requests. */
  readonly ClientRequest: typeof ClientRequest;
  /** The class of what arrives. */
  readonly IncomingMessage: typeof IncomingMessage;
  /** The methods that the parser knows. */
  readonly METHODS: readonly string[];
  /** The class that requests and responses have in common. */
  readonly OutgoingMessage: typeof OutgoingMessage;
  /** Reason phrases by status code. */
  readonly STATUS_CODES: typeof STATUS_CODES;
  /** The class of servers. */
  readonly Server: typeof Server;
  /** The class of responses. */
  readonly ServerResponse: typeof ServerResponse;
  /** Makes a server; during a walk its peers are those of the script. */
  readonly createServer: typeof createServer;
  /** Makes a request, and ends it. */
  readonly get: typeof get;
  /** The agent of requests that name none; during a walk its peers are those of the script. */
  readonly globalAgent: Agent;
  /** Makes a request. */
  readonly request: typeof request;
}

export const http: FaultHttp = {
  ...{ Agent, ClientRequest, IncomingMessage, METHODS, OutgoingMessage, STATUS_CODES, Server, ServerResponse },
  ...{ createServer, get, globalAgent, request },
};

/** What is called for each run. */
export type Make = (http: FaultHttp, agent: Agent) => unknown;

/** What a program of a server gives: a server, or what has one, as an application of Fastify or Koa, or a handler. */
interface App {
  readonly server?: unknown;
  ready?(): unknown;
  close?(): unknown;
  callback?(): unknown;
}

/** A server of statewire, for http: or https:. */
export const isOurs = (value: unknown): value is Server => factsOf(value)?.kind === 'server';

/** @throws ERR_INVALID_ARG_TYPE */
export async function serverOf(made: unknown): Promise<{ server: Server; close: (() => unknown) | undefined }> {
  if (isOurs(made)) return { server: made, close: undefined };
  const app = Object(made) as App;
  if (isOurs(app.server)) {
    await app.ready?.();
    return { server: app.server, close: typeof app.close === 'function' ? () => app.close?.() : undefined };
  }
  // An application of Express is a function, one of Koa makes one.
  if (typeof made === 'function') return { server: createServer(made as never), close: undefined };
  if (typeof app.callback === 'function') return { server: createServer(app.callback() as never), close: undefined };
  const isForeign = typeof (made as { listen?: unknown })?.listen === 'function';
  const what = isForeign
    ? "a Server of statewire. This one isn't: use its createServer(), or load statewire/register first"
    : 'a Server, or a handler of requests: server: () => handler';
  throw invalidArgType('options.server()', what, made);
}

/** The error of a program that opens a connection, if nobody has said what its peer does. */
export class NoUpstream extends Error {
  readonly code = 'STATEWIRE_NO_UPSTREAM';

  constructor({ host, port }: Target) {
    super(
      `The program opens a connection to ${host ?? 'localhost'}:${port ?? 80}: pass what its peer does there as 'upstream'`,
    );
  }
}

/**
 * The connections that agents open lead into the scene.
 * @param onMissing called if there is no peer for them
 * @returns undoes it
 */
export function takeConnections(upstream: Upstream | undefined, onMissing: (error: NoUpstream) => void): () => void {
  const before = Object.getOwnPropertyDescriptor(Agent.prototype, 'createConnection')!;
  const value = (options: Target): Socket => {
    if (upstream !== undefined) return upstream.open(options);
    const error = new NoUpstream(options);
    onMissing(error);
    throw error;
  };
  Object.defineProperty(Agent.prototype, 'createConnection', { ...before, value });
  return () => Object.defineProperty(Agent.prototype, 'createConnection', before);
}

/** A server under test that listens in memory, on no port. */
export class Served implements Closable {
  readonly server: Server;
  private readonly promises = new Map<Promise<unknown>, string>();
  private requests = 0;
  /** Closings that haven't called back. */
  closings = 0;
  /** Whether the script closes it. */
  isClosing = false;
  private readonly undo: (() => void)[] = [];

  constructor(server: Server) {
    this.server = server;
    this.wrapHandlers();
    if (!server.listening) listen(server);
  }

  /** Its part of a connection. */
  accept(socket: Socket): void {
    const counted = this.server as unknown as { _connections: number; _emitCloseIfDrained(): void };
    counted._connections++;
    socket.on('close', () => {
      counted._connections--;
      counted._emitCloseIfDrained();
    });
    // That of https: gets its sockets after the handshake, which is left out.
    const isSecure = 'setSecureContext' in this.server;
    if (isSecure) Object.assign(socket, { encrypted: true });
    if (this.server.listening) this.server.emit(isSecure ? 'secureConnection' : 'connection', socket);
    // As the system does when nobody listens any more.
    else socket.resetAndDestroy();
  }

  close(): void {
    this.isClosing = true;
    if (!this.server.listening) return;
    this.closings++;
    this.server.close(() => this.closings--);
  }

  drain(): void {
    this.isClosing = true;
    if (!this.server.listening) return;
    this.closings++;
    const done = (): number => this.closings--;
    this.server.drain().then(done, done);
  }

  /** The server is as it was found; a new one is closed. */
  end(): void {
    for (const undo of this.undo) undo();
    const { server } = this;
    server.closeAllConnections();
    if (server.listening) server.close();
  }

  /** How many requests there were since it was asked last. */
  takeCount(): number {
    const { requests } = this;
    this.requests = 0;
    return requests;
  }

  /** The requests whose handlers have returned a promise that is not settled. To listen to it would be to handle its rejection. */
  takeUnsettled(): readonly string[] {
    const found = [...this.promises].filter(([promise]) => inspect(promise).includes('<pending>'));
    this.promises.clear();
    return found.map(([, what]) => what);
  }

  /** What handlers return can be a promise. */
  private wrapHandlers(): void {
    const { server, promises } = this;
    const handlers = server.rawListeners('request') as ((...args: unknown[]) => unknown)[];
    server.removeAllListeners('request');
    for (const handler of handlers) {
      server.on('request', function (this: Server, ...args: unknown[]) {
        const result = handler.apply(this, args);
        if (!(result instanceof Promise)) return result;
        const { method, url } = args[0] as IncomingMessage;
        promises.set(result, `${method} ${String(url).split('?', 1)[0]}`);
        return result;
      } as never);
    }
    const count = (): void => {
      this.requests++;
    };
    server.prependListener('request', count);
    this.undo.push(() => {
      server.removeAllListeners('request');
      for (const handler of handlers) server.on('request', handler as never);
    });
  }
}

/** A handle in place of that of a port. */
const handle = () => ({
  close(callback?: () => void): void {
    callback?.call(this);
  },
  ref(): void {},
  unref(): void {},
  hasRef: () => true,
  getsockname(address: object): number {
    Object.assign(address, { address: '127.0.0.1', port: 80, family: 'IPv4' });
    return 0;
  },
});

/** The server listens, and has no port. */
function listen(server: Server): void {
  (server as unknown as { _handle: unknown })._handle = handle();
  atTurnEnd((each) => each.emit('listening'), server);
}

/**
 * While it is on, `listen()` of servers opens no port.
 * @returns undoes it
 */
export function takeListening(onListen: (server: Server) => void = () => {}): () => void {
  const { listen: own } = NetServer.prototype;
  const value = function (this: NetServer, ...args: unknown[]): NetServer {
    if (!isOurs(this)) return (own as (...all: unknown[]) => NetServer).apply(this, args);
    onListen(this);
    const callback = args.at(-1);
    if (typeof callback === 'function') this.once('listening', callback as () => void);
    if (!this.listening) listen(this);
    return this;
  };
  Object.defineProperty(NetServer.prototype, 'listen', { value, writable: true, configurable: true, enumerable: true });
  return () => Object.assign(NetServer.prototype, { listen: own });
}

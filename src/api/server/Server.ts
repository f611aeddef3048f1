import { EventEmitter } from 'node:events';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { MessageHead } from '../../events/wire.js';
import { asked, CLOSE_IDLE, entering } from '../../io/record.js';
import { STATUS_CODES } from '../../rules/status.js';
import { callable, create } from '../compat/callable.js';
import { callBack } from '../compat/callBack.js';
import { limitOf } from '../compat/limits.js';
import { keepOwn, own } from '../compat/own.js';
import { allOptions } from '../compat/ownOptions.js';
import type { Statics } from '../compat/types.js';
import { validateObject } from '../compat/validate.js';
import { fillRequest, type IncomingMessage } from '../message/IncomingMessage.js';
import { maxHeaderSize } from '../process/flags.js';
import { ConnectionHost } from './ConnectionHost.js';
import type { DrainOptions, DrainResult } from './Drain.js';
import type { Handed } from './HandedOver.js';
import type { ConnectionServer } from './owners.js';
import { adoptListeners } from './prototypes.js';
import { ServerHost } from './ServerHost.js';
import type { ServerResponse } from './ServerResponse.js';
import type { ServerSocket } from './ServerSocket.js';
import { type ServerOptions, type ServerSettings, storeOptions, upgradesIfHeard } from './settings.js';
import type { DeclaredByNode, ListenedServer, RequestClass, RequestListener, ResponseClass } from './types.js';

/** The host's server, with our events. */
const HttpNetServer = NetServer as Statics<typeof NetServer> &
  (new <Request extends RequestClass, Response extends ResponseClass>() => ListenedServer<Request, Response> &
    ServerSettings<Request, Response>);

/**
 * An HTTP server on the host's `net.Server`.
 * Source: Node's documentation of `http.Server`.
 */
export class ServerMethods<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> extends HttpNetServer<Request, Response> {
  /** @internal */
  declare [own]: ServerHost;
  /** @internal */
  declare _isGuarded: boolean | undefined;

  /** Stops listening and closes idle connections at once, the others after the response that is due. */
  override close(callback?: (error?: Error) => void): this {
    this[own].send({ type: 'user.close' });
    this.closeIdleConnections();
    NetServer.prototype.close.call(this, callback);
    return this;
  }

  /** Closes the server; resolves when its connections are closed. Rejects with ERR_SERVER_NOT_RUNNING. */
  override [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve, reject) => this.close((error) => (error ? reject(error) : resolve())));
  }

  /**
   * Closes the server without losing a request. New connections are taken for `grace` ms more; each response says
   * `Connection: close`, if it is the last that is due; idle connections may make one more request within `idle` ms, then get FIN,
   * and are read until the peer's. At the deadline, or when `signal` is aborted, what has no response yet gets 503, and the rest
   * is cut. Not in Node: docs/draining.md.
   *
   * @returns resolves when all connections are closed
   * @throws rejects with ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE; ERR_SERVER_NOT_RUNNING if it does not
   * listen; ERR_INVALID_STATE if it drains already
   */
  async drain(options: DrainOptions = {}): Promise<DrainResult> {
    return await this[own].drain(options);
  }

  /** Closes every connection. */
  closeAllConnections(): void {
    for (const { socket } of this[own].connections) callBack(destroy, socket);
  }

  /** Closes the connections that have been used and now wait for a request. */
  closeIdleConnections(): void {
    for (const each of this[own].connections) entering(each.actor, CLOSE_IDLE, undefined, () => each.closeIdle());
  }

  /** Sets the inactivity timeout of new sockets; `callback` listens to 'timeout'. */
  setTimeout(msecs?: number | ((socket: Socket) => void), callback?: (socket: Socket) => void): this {
    this.timeout = msecs as number;
    if (callback) this.on('timeout', callback);
    return this;
  }

  /** @internal */
  _maxHeaderSize(): number {
    return limitOf(this.maxHeaderSize) || maxHeaderSize();
  }

  /** @internal */
  _shouldUpgrade(head: MessageHead, socket: ServerSocket): boolean {
    if (!asksProgram(this)) return asked(this.listenerCount('upgrade') > 0);
    const request = new this._IncomingMessage(socket as Socket);
    fillRequest(request, head);
    request.upgrade = true;
    this[own].asked.set(head, request);
    return asked(this.shouldUpgradeCallback!(request as InstanceType<Request>));
  }

  /**
   * The request that `shouldUpgradeCallback` was asked about, if it was.
   * @internal
   */
  _askedAbout(head: MessageHead): IncomingMessage | undefined {
    return asksProgram(this) ? this[own].asked.get(head) : undefined;
  }

  /** @internal */
  _forget(connection: ConnectionHost): void {
    this[own].forget(connection);
  }

  /** @internal */
  _handOver(handed: Handed): void {
    this[own].handOver(handed);
  }

  override [EventEmitter.captureRejectionSymbol](error: Error, event: string, ...args: unknown[]): void {
    if (event !== 'request') {
      NetServer.prototype[EventEmitter.captureRejectionSymbol]?.call(this, error, event, ...args);
      return;
    }
    const response = args[1] as ServerResponse;
    if (response.headersSent || response.writableEnded) {
      response.destroy();
      return;
    }
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    response.statusCode = 500;
    response.end(STATUS_CODES[500]);
  }
}

/** Whether the program decides about an upgrade by its own callback. */
function asksProgram({ shouldUpgradeCallback: callback }: { readonly shouldUpgradeCallback: unknown }): boolean {
  return callback !== undefined && callback !== upgradesIfHeard;
}

function destroy(socket: Duplex): void {
  socket.destroy();
}

/** Serves a socket, as on 'connection'. A server of another class gets what it lacks, such as that of node:http2. */
export function connectionListener(this: Server, socket: Duplex): void {
  if (socket.destroyed) return;
  (this[own] ?? adopt(this)).add(new ConnectionHost(this, socket as ServerSocket));
}

/** What a connection needs of its server, besides the settings. */
const needed = ['_maxHeaderSize', '_shouldUpgrade', '_askedAbout', '_forget', '_handOver'] as const;

/** Settings that the server has are its own. Its `close()` doesn't know connections that it hasn't accepted itself. */
function adopt(server: Server): ServerHost {
  const host = new ServerHost(server);
  lend(server, own, host);
  const model = new Server();
  for (const name of Object.keys(model)) if (!(name in server)) lend(server, name, Reflect.get(model, name));
  for (const name of needed) lend(server, name, ServerMethods.prototype[name]);
  // Node's default: its meaning of true.
  if (server.requireHostHeader === true) server.requireHostHeader = model.requireHostHeader;
  const { close, closeIdleConnections } = server;
  lend(server, 'closeIdleConnections', function (this: Server): void {
    ServerMethods.prototype.closeIdleConnections.call(this);
    closeIdleConnections?.call(this);
  });
  // The program may have replaced it by one that counts its arguments, such as promisify()'s.
  lend(server, 'close', function (this: Server, ...given: [((error?: Error) => void)?]): Server {
    host.send({ type: 'user.close' });
    this.closeIdleConnections();
    return close.apply(this, given) as Server;
  });
  host.send({ type: 'net.listening' });
  server.on('close', () => host.closed());
  return host;
}

function lend(server: Server, name: PropertyKey, value: unknown): void {
  Object.defineProperty(server, name, { value, writable: true, configurable: true, enumerable: false });
}

/**
 * The arguments of a server's constructor.
 * @throws ERR_INVALID_ARG_TYPE
 * @internal
 */
export function readArguments<Options extends ServerOptions, Listener>(
  options: Options | Listener | null | undefined,
  listener: Listener | undefined,
): { readonly given: Options; readonly onRequest: Listener | undefined } {
  const onRequest = typeof options === 'function' ? (options as Listener) : listener;
  if (options !== undefined && options !== null && options !== onRequest) validateObject(options, 'options');
  const given = typeof options === 'object' && options !== null ? (options as Options) : ({} as Options);
  return { given: allOptions(given), onRequest };
}

/**
 * Sets up what all HTTP servers have, on a `net.Server` with its settings. `opened`: the event that its sockets come by.
 * @internal
 */
export function begin(
  server: NetServer & ConnectionServer<ConnectionHost> & { [own]: ServerHost },
  opened: 'connection' | 'secureConnection',
  onRequest: ((...args: never[]) => void) | undefined,
): void {
  if (onRequest) server.on('request', onRequest as () => void);
  server.httpAllowHalfOpen = false;
  server.timeout = 0;
  server.maxHeadersCount = null;
  server._isGuarded = undefined;
  server[own] = new ServerHost(server);
  server.on(opened, connectionListener);
  server.on('listening', onListening);
  server.on('close', onClose);
}

function onListening(this: { [own]: ServerHost }): void {
  this[own].send({ type: 'net.listening' });
}

function onClose(this: { [own]: ServerHost }): void {
  this[own].closed();
}

export interface ServerConstructor extends Statics<typeof NetServer> {
  new <Request extends RequestClass = typeof IncomingMessage, Response extends ResponseClass = typeof ServerResponse>(
    listener?: RequestListener<Request, Response>,
  ): Server<Request, Response>;
  new <Request extends RequestClass = typeof IncomingMessage, Response extends ResponseClass = typeof ServerResponse>(
    options?: ServerOptions<Request, Response> | DeclaredByNode<ServerOptions> | null,
    listener?: RequestListener<Request, Response>,
  ): Server<Request, Response>;
  /** Without `new`: on an instance, sets it up; on anything else, a new instance. */
  (
    this: unknown,
    options?: ServerOptions | DeclaredByNode<ServerOptions> | RequestListener | null,
    listener?: RequestListener,
  ): Server;
  prototype: Server;
}

/**
 * An HTTP server on the host’s `net.Server`; `createServer()` makes it.
 * Source: Node’s documentation of `http.Server`.
 */
export const Server: ServerConstructor = callable(ServerMethods, {
  Server: function (options?: ServerOptions | RequestListener | null, listener?: RequestListener): unknown {
    if (new.target === undefined && !(this instanceof Server)) return create(Server, options, listener);
    const { given, onRequest } = readArguments(options, listener);
    NetServer.call(this, storeOptions(this, given));
    begin(this, 'connection', onRequest);
    // As in Node, a server of https has none until the program sets it.
    this.maxRequestsPerSocket = 0;
  },
}) as ServerConstructor;
keepOwn(Server.prototype);
adoptListeners(Server.prototype);
export type Server<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> = ServerMethods<Request, Response>;

/**
 * Makes an HTTP server, which `listen()` starts. Source: Node's documentation of `http.createServer`.
 *
 * @param options see `ServerOptions`; or the listener. Default: none
 * @param listener listens to 'request': it gets each request, and its response
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE for an option that can't be
 */
export function createServer<
  Request extends RequestClass = typeof IncomingMessage,
  Response extends ResponseClass = typeof ServerResponse,
>(
  options?:
    | ServerOptions<Request, Response>
    | DeclaredByNode<ServerOptions>
    | RequestListener<Request, Response>
    | null,
  listener?: RequestListener<Request, Response>,
): Server<Request, Response> {
  return new Server(options as ServerOptions<Request, Response>, listener);
}

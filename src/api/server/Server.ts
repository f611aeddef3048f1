import { EventEmitter } from 'node:events';
import { Server as NetServer, type ServerOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import { carryOut } from '../../engine/program.js';
import type { ServerEvent, ServerOrder } from '../../events/server.js';
import type { MessageHead } from '../../events/wire.js';
import { now, Sweeper } from '../../io/clock.js';
import { serverMachine } from '../../machines/server.js';
import { STATUS_CODES } from '../../rules/status.js';
import { callable, create } from '../compat/callable.js';
import { callBack } from '../compat/callBack.js';
import { outOfRange } from '../compat/errors.js';
import { durationOf, limitOf } from '../compat/limits.js';
import { keepOwn, own } from '../compat/own.js';
import { allOptions, ownOptions } from '../compat/ownOptions.js';
import type { Statics } from '../compat/types.js';
import { validateBoolean, validateFunction, validateInteger, validateObject } from '../compat/validate.js';
import { uniqueNames } from '../message/HeaderSection.js';
import { fillRequest, IncomingMessage } from '../message/IncomingMessage.js';
import { maxHeaderSize } from '../process/flags.js';
import { type HttpValidation, type StrictnessOptions, validateStrictness } from '../process/strictness.js';
import { ConnectionHost } from './ConnectionHost.js';
import { Connections } from './Connections.js';
import { describeServer } from './describe.js';
import { ServerResponse } from './ServerResponse.js';
import type { ServerSocket } from './ServerSocket.js';
import type { ListenedServer, RequestClass, RequestListener, ResponseClass } from './types.js';

const chart = compile(serverMachine);
const isClosing = chart.matcher('door.closing');

/** Defaults and meanings: Node's documentation of `http.createServer`. Times in ms, sizes in bytes. */
export interface ServerOptions<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> extends Pick<ServerOpts, 'noDelay' | 'keepAlive' | 'keepAliveInitialDelay' | 'highWaterMark'>,
    StrictnessOptions {
  IncomingMessage?: Request | undefined;
  ServerResponse?: Response | undefined;
  /** How often deadlines are looked at. Default 30000. */
  connectionsCheckingInterval?: number;
  /** Default: the smaller of 60000 and `requestTimeout`. */
  headersTimeout?: number;
  /** Default 300000. */
  requestTimeout?: number;
  /** Default 5000. */
  keepAliveTimeout?: number;
  /** Added to `keepAliveTimeout`, and not announced, so that the client is the first to let go. Default 1000. */
  keepAliveTimeoutBuffer?: number;
  maxHeaderSize?: number;
  joinDuplicateHeaders?: boolean;
  /** Default true. */
  requireHostHeader?: boolean;
  uniqueHeaders?: (string | string[])[] | undefined;
  rejectNonStandardBodyWrites?: boolean;
  /**
   * The stream of a request without Content-Length and Transfer-Encoding has ended before anybody is given it: it tells
   * nothing, neither 'end' nor 'close'. Default false.
   */
  optimizeEmptyRequests?: boolean | undefined;
  /** Whether a request that asks for another protocol gets it. Default: whether anybody listens to 'upgrade'. */
  shouldUpgradeCallback?: ((request: InstanceType<Request>) => boolean) | undefined;
}

/** Binds the machine of a server to its connections. */
class ServerHost {
  readonly actor: Actor<Record<string, never>, ServerEvent, ServerOrder>;
  readonly connections = new Connections();
  private readonly server: Server;
  private readonly sweeper = new Sweeper(() => carryOut(this.sweep, this as ServerHost, undefined, undefined));
  /** Requests that were made early, for `shouldUpgradeCallback`. */
  readonly asked = new WeakMap<MessageHead, IncomingMessage>();

  constructor(server: Server) {
    this.server = server;
    this.actor = start(chart, this);
  }

  deliver(order: ServerOrder): void {
    switch (order.type) {
      case 'io.announceClose':
        for (const connection of this.connections) connection.announceClose();
        break;
      case 'io.startSweep':
        this.startSweep();
        break;
      case 'io.stopSweep':
        this.sweeper.stop();
        break;
    }
  }

  private startSweep(): void {
    const interval = durationOf(this.server.connectionsCheckingInterval);
    if (interval > 0) this.sweeper.start(interval);
  }

  private sweep(): void {
    const time = now();
    for (const connection of this.connections) connection.checkDeadlines(time);
  }
}

/** The host's server, with the events of ours. */
const HttpNetServer = NetServer as unknown as Statics<typeof NetServer> &
  (new <Request extends RequestClass, Response extends ResponseClass>() => ListenedServer<Request, Response>);

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
  declare headersTimeout: number;
  declare requestTimeout: number;
  declare keepAliveTimeout: number;
  declare keepAliveTimeoutBuffer: number;
  declare connectionsCheckingInterval: number;
  declare timeout: number;
  /** Default 2000; 0 for no limit. */
  declare maxHeadersCount: number | null;
  declare maxRequestsPerSocket: number | null;
  declare maxHeaderSize: number | undefined;
  declare httpValidation: HttpValidation | undefined;
  declare insecureHTTPParser: boolean | undefined;
  declare requireHostHeader: boolean;
  declare joinDuplicateHeaders: boolean;
  declare rejectNonStandardBodyWrites: boolean;
  declare shouldUpgradeCallback: ((request: InstanceType<Request>) => boolean) | undefined;
  /** Answers go on after the client has said FIN. Not documented by Node; default false. */
  declare httpAllowHalfOpen: boolean;
  /** @internal */
  declare _IncomingMessage: Request;
  /** @internal */
  declare _ServerResponse: Response;
  /** @internal */
  declare _uniqueHeaders: ReadonlySet<string> | null;
  /** @internal */
  declare _optimizesEmpty: boolean;

  /** Stops listening; idle connections are closed, the others with the answer that is due. */
  override close(callback?: (error?: Error) => void): this {
    this[own].actor.send({ type: 'user.close' });
    this.closeIdleConnections();
    NetServer.prototype.close.call(this, callback);
    return this;
  }

  /** Closes the server; resolves when its connections have gone. Rejects with ERR_SERVER_NOT_RUNNING. */
  override [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve, reject) => this.close((error) => (error ? reject(error) : resolve())));
  }

  /** Closes every connection. */
  closeAllConnections(): void {
    for (const { socket } of this[own].connections) callBack(destroy, socket);
  }

  /** Closes the connections that have been used and now wait for a request. */
  closeIdleConnections(): void {
    for (const connection of this[own].connections) connection.closeIdle();
  }

  /** Sets the inactivity timeout of new sockets; `callback` listens to 'timeout'. */
  setTimeout(msecs?: number | ((socket: Socket) => void), callback?: (socket: Socket) => void): this {
    this.timeout = msecs as number;
    if (callback) this.on('timeout', callback);
    return this;
  }

  /** @internal */
  _isClosing(): boolean {
    return isClosing(this[own].actor);
  }

  /** @internal */
  _maxHeaderSize(): number {
    return limitOf(this.maxHeaderSize) || maxHeaderSize();
  }

  /** @internal */
  _shouldUpgrade(head: MessageHead, connection: ConnectionHost): boolean {
    if (this.shouldUpgradeCallback === undefined) return this.listenerCount('upgrade') > 0;
    const request = new this._IncomingMessage(connection.socket as Socket);
    fillRequest(request, head);
    request.upgrade = true;
    this[own].asked.set(head, request);
    return this.shouldUpgradeCallback(request as InstanceType<Request>);
  }

  /**
   * The request that `shouldUpgradeCallback` was asked about, if it was.
   * @internal
   */
  _askedAbout(head: MessageHead): IncomingMessage | undefined {
    return this.shouldUpgradeCallback === undefined ? undefined : this[own].asked.get(head);
  }

  /** @internal */
  _forget(connection: ConnectionHost): void {
    const host = this[own];
    if (host.connections.delete(connection) && host.connections.size === 0) host.actor.send({ type: 'net.emptied' });
  }

  override [EventEmitter.captureRejectionSymbol](error: Error, event: string, ...args: unknown[]): void {
    if (event !== 'request') {
      const inherited = NetServer.prototype as unknown as Record<symbol, (...args: unknown[]) => void>;
      inherited[EventEmitter.captureRejectionSymbol]?.call(this, error, event, ...args);
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

function destroy(socket: Duplex): void {
  socket.destroy();
}

/** Takes a socket in: what a server does on 'connection'. */
export function connectionListener(this: Server, socket: Duplex): void {
  if (socket.destroyed) return;
  const host = this[own];
  const connection = new ConnectionHost(this, socket as ServerSocket);
  host.connections.add(connection);
  if (host.connections.size === 1) host.actor.send({ type: 'net.peopled' });
  if (this._isClosing()) connection.announceClose();
}

function storeOptions(server: Server, options: ServerOptions): void {
  const { requestTimeout, headersTimeout, keepAliveTimeout, connectionsCheckingInterval } = options;
  server._IncomingMessage = options.IncomingMessage || IncomingMessage;
  server._ServerResponse = options.ServerResponse || ServerResponse;
  if (options.maxHeaderSize !== undefined) validateInteger(options.maxHeaderSize, 'maxHeaderSize', 0);
  server.maxHeaderSize = options.maxHeaderSize;
  validateStrictness(options);
  server.httpValidation = options.httpValidation;
  server.insecureHTTPParser = options.insecureHTTPParser;
  if (requestTimeout !== undefined) validateInteger(requestTimeout, 'requestTimeout', 0);
  server.requestTimeout = requestTimeout ?? 300_000;
  if (headersTimeout !== undefined) validateInteger(headersTimeout, 'headersTimeout', 0);
  server.headersTimeout = headersTimeout ?? Math.min(60_000, server.requestTimeout);
  if (server.requestTimeout > 0 && server.headersTimeout > server.requestTimeout) {
    throw outOfRange('headersTimeout', '<= requestTimeout', headersTimeout);
  }
  if (keepAliveTimeout !== undefined) validateInteger(keepAliveTimeout, 'keepAliveTimeout', 0);
  server.keepAliveTimeout = keepAliveTimeout ?? 5000;
  if (options.keepAliveTimeoutBuffer !== undefined) {
    validateInteger(options.keepAliveTimeoutBuffer, 'keepAliveTimeoutBuffer', 0);
  }
  server.keepAliveTimeoutBuffer = options.keepAliveTimeoutBuffer ?? 1000;
  if (connectionsCheckingInterval !== undefined) {
    validateInteger(connectionsCheckingInterval, 'connectionsCheckingInterval', 0);
  }
  server.connectionsCheckingInterval = connectionsCheckingInterval ?? 30_000;
  if (options.requireHostHeader !== undefined) validateBoolean(options.requireHostHeader, 'options.requireHostHeader');
  server.requireHostHeader = options.requireHostHeader ?? true;
  if (options.joinDuplicateHeaders !== undefined) {
    validateBoolean(options.joinDuplicateHeaders, 'options.joinDuplicateHeaders');
  }
  server.joinDuplicateHeaders = options.joinDuplicateHeaders ?? false;
  if (options.rejectNonStandardBodyWrites !== undefined) {
    validateBoolean(options.rejectNonStandardBodyWrites, 'options.rejectNonStandardBodyWrites');
  }
  server.rejectNonStandardBodyWrites = options.rejectNonStandardBodyWrites ?? false;
  if (options.optimizeEmptyRequests !== undefined) {
    validateBoolean(options.optimizeEmptyRequests, 'options.optimizeEmptyRequests');
  }
  server._optimizesEmpty = options.optimizeEmptyRequests ?? false;
  if (options.shouldUpgradeCallback !== undefined) {
    validateFunction(options.shouldUpgradeCallback, 'options.shouldUpgradeCallback');
  }
  server.shouldUpgradeCallback = options.shouldUpgradeCallback;
  server._uniqueHeaders = uniqueNames(options.uniqueHeaders);
  // A negative one is the default to net; of others a socket would say so when it comes.
  const { highWaterMark } = options;
  if (typeof highWaterMark === 'number' && !(highWaterMark < 0))
    validateInteger(highWaterMark, 'options.highWaterMark');
}

export interface ServerConstructor extends Statics<typeof NetServer> {
  new <Request extends RequestClass = typeof IncomingMessage, Response extends ResponseClass = typeof ServerResponse>(
    listener?: RequestListener<Request, Response>,
  ): Server<Request, Response>;
  new <Request extends RequestClass = typeof IncomingMessage, Response extends ResponseClass = typeof ServerResponse>(
    options?: ServerOptions<Request, Response> | null,
    listener?: RequestListener<Request, Response>,
  ): Server<Request, Response>;
  /** Without `new`: on an instance, sets it up; on anything else, a new instance. */
  (this: unknown, options?: ServerOptions | RequestListener | null, listener?: RequestListener): Server;
  prototype: Server;
}

export const Server: ServerConstructor = callable(ServerMethods, {
  Server: function (options?: ServerOptions | RequestListener | null, listener?: RequestListener): unknown {
    if (new.target === undefined && !(this instanceof Server)) return create(Server, options, listener);
    const onRequest = typeof options === 'function' ? options : listener;
    if (options !== undefined && options !== null && options !== onRequest) validateObject(options, 'options');
    const given = allOptions<ServerOptions>(typeof options === 'object' && options !== null ? options : {});
    storeOptions(this, given);
    NetServer.call(
      this as never,
      ownOptions({
        allowHalfOpen: true,
        noDelay: given.noDelay ?? true,
        keepAlive: given.keepAlive,
        keepAliveInitialDelay: given.keepAliveInitialDelay,
        highWaterMark: given.highWaterMark,
      }) as never,
    );
    if (onRequest) this.on('request', onRequest);
    this.httpAllowHalfOpen = false;
    this.timeout = 0;
    this.maxHeadersCount = null;
    this.maxRequestsPerSocket = 0;
    this[own] = new ServerHost(this);
    this.on('connection', connectionListener as never);
    this.on('listening', () => this[own].actor.send({ type: 'net.listening' }));
    this.on('close', () => this[own].actor.send({ type: 'net.closed' }));
  },
});
keepOwn(Server.prototype, describeServer);
export type Server<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> = ServerMethods<Request, Response>;

export function createServer<
  Request extends RequestClass = typeof IncomingMessage,
  Response extends ResponseClass = typeof ServerResponse,
>(listener?: RequestListener<Request, Response>): Server<Request, Response>;
export function createServer<
  Request extends RequestClass = typeof IncomingMessage,
  Response extends ResponseClass = typeof ServerResponse,
>(
  options?: ServerOptions<Request, Response> | null,
  listener?: RequestListener<Request, Response>,
): Server<Request, Response>;
export function createServer(options?: ServerOptions | RequestListener | null, listener?: RequestListener): Server {
  return new Server(options as ServerOptions, listener);
}

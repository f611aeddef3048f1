import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type TLSSocket, Server as TlsServer } from 'node:tls';
import { callable, create } from '../compat/callable.js';
import { own } from '../compat/own.js';
import { ownOptions } from '../compat/ownOptions.js';
import type { Statics } from '../compat/types.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import { adoptListeners } from '../server/prototypes.js';
import { begin, readArguments, ServerMethods } from '../server/Server.js';
import type { ServerHost } from '../server/ServerHost.js';
import type { ServerResponse } from '../server/ServerResponse.js';
import { type ServerSettings, storeOptions } from '../server/settings.js';
import type { DeclaredByNode, RequestClass, RequestListener, ResponseClass } from '../server/types.js';
import type { ListenedTlsServer, ServerOptions } from './types.js';

/** What an HTTPS server has of an HTTP server: all but the handling of rejections, which on the host is that of `tls.Server`. */
type Lent<Request extends RequestClass, Response extends ResponseClass> = Omit<
  ServerMethods<Request, Response>,
  keyof ListenedTlsServer<Request, Response> | 'setTimeout' | typeof own
>;

/** The host's server, with our events and settings. */
const HttpsTlsServer = TlsServer as unknown as Statics<typeof TlsServer> &
  (new <Request extends RequestClass, Response extends ResponseClass>() => ListenedTlsServer<Request, Response> &
    ServerSettings<Request, Response> &
    Lent<Request, Response>);

/**
 * An HTTPS server on the host's `tls.Server`, with the methods of the HTTP server.
 * Source: Node's documentation of `https.Server`.
 */
class HttpsServerMethods<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> extends HttpsTlsServer<Request, Response> {
  /** @internal */
  declare [own]: ServerHost;
  /** Sets the inactivity timeout of new sockets; `callback` listens to 'timeout'. */
  declare setTimeout: (msecs?: number | ((socket: Socket) => void), callback?: (socket: Socket) => void) => this;
}

const {
  constructor: _constructor,
  [EventEmitter.captureRejectionSymbol]: _onRejection,
  ...lent
} = Object.getOwnPropertyDescriptors(ServerMethods.prototype) as Record<PropertyKey, PropertyDescriptor>;
Object.defineProperties(HttpsServerMethods.prototype, lent);

export interface HttpsServerConstructor extends Statics<typeof TlsServer> {
  new <Request extends RequestClass = typeof IncomingMessage, Response extends ResponseClass = typeof ServerResponse>(
    listener?: RequestListener<Request, Response>,
  ): HttpsServer<Request, Response>;
  new <Request extends RequestClass = typeof IncomingMessage, Response extends ResponseClass = typeof ServerResponse>(
    options?: ServerOptions<Request, Response> | DeclaredByNode<ServerOptions> | null,
    listener?: RequestListener<Request, Response>,
  ): HttpsServer<Request, Response>;
  /** Without `new`: on an instance, sets it up; on anything else, a new instance. */
  (
    this: unknown,
    options?: ServerOptions | DeclaredByNode<ServerOptions> | RequestListener | null,
    listener?: RequestListener,
  ): HttpsServer;
  prototype: HttpsServer;
}

/**
 * An HTTPS server on the host’s `tls.Server`; `createServer()` makes it.
 * Source: Node’s documentation of `https.Server`.
 */
export const HttpsServer: HttpsServerConstructor = callable(HttpsServerMethods, {
  Server: function (options?: ServerOptions | RequestListener | null, listener?: RequestListener): unknown {
    if (new.target === undefined && !(this instanceof HttpsServer)) return create(HttpsServer, options, listener);
    const { given, onRequest } = readArguments<ServerOptions, RequestListener>(options, listener);
    TlsServer.call(this, tlsOptions(this, given));
    begin(this, 'secureConnection', onRequest);
    this.on('tlsClientError', refuse);
  },
}) as HttpsServerConstructor;
adoptListeners(HttpsServer.prototype);
export type HttpsServer<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> = HttpsServerMethods<Request, Response>;

/** The options for the `tls.Server`: TLS closes both directions at once, and HTTP/1.1 is the only protocol by default. */
function tlsOptions(server: ServerSettings, given: ServerOptions): ServerOptions {
  const options = ownOptions<ServerOptions>(given, storeOptions(server, given), { allowHalfOpen: given.allowHalfOpen });
  if (options.ALPNProtocols === undefined && !options.ALPNCallback) options.ALPNProtocols = ['http/1.1'];
  return options;
}

function refuse(this: HttpsServer, error: Error, socket: TLSSocket): void {
  this[own].refuse(socket, error);
}

/**
 * Makes an HTTPS server, which `listen()` starts. Source: Node's documentation of `https.createServer`.
 *
 * @param options see `ServerOptions`; or the listener. Default: none; a server that listens needs a certificate
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
): HttpsServer<Request, Response> {
  return new HttpsServer(options as ServerOptions<Request, Response>, listener);
}

/** The public types of node:https's face, as in `@types/node` (test/types/). */
import type {
  DetailedPeerCertificate,
  SecureContextOptions,
  TLSSocket,
  ConnectionOptions as TlsConnectionOptions,
  TlsOptions,
  Server as TlsServer,
} from 'node:tls';
import type { AgentOptions as HttpAgentOptions } from '../agent/options.js';
import type { RequestOptions as HttpRequestOptions } from '../client/options.js';
import type { Bytes, Given, Listener } from '../compat/types.js';
import type { ServerOptions as HttpServerOptions } from '../server/settings.js';
import type { RequestClass, ResponseClass, ServerEvents } from '../server/types.js';

/** Node's documentation of `https.createServer`: the options of `http.createServer`, `tls.createServer` and TLS contexts. */
export type ServerOptions<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> = HttpServerOptions<Request, Response> & TlsOptions;

/** The options of `tls.connect` for a request, besides those of the TLS context. */
type Connecting = 'ALPNProtocols' | 'enableTrace' | 'minDHSize' | 'pskCallback' | 'secureContext' | 'session';

/** Node's documentation of `https.request`: the options of `http.request` and `tls.connect`. */
export interface RequestOptions
  extends HttpRequestOptions,
    SecureContextOptions,
    Pick<TlsConnectionOptions, Connecting> {
  /** A request with one of its own shares its connection with no other request. */
  checkServerIdentity?: ((hostname: string, certificate: DetailedPeerCertificate) => Error | undefined) | undefined;
  /** Whether to ask the server for a stapled OCSP response. Default false. */
  requestOCSP?: boolean | undefined;
  /** Default true. */
  rejectUnauthorized?: boolean | undefined;
  /** The name in SNI. Default: that of the Host field, or of the host unless it is an address. */
  servername?: string | undefined;
}

/** Node's documentation of `new https.Agent()`: the options of `http.Agent` and `tls.connect`. */
export interface AgentOptions extends HttpAgentOptions, Omit<TlsConnectionOptions, keyof HttpAgentOptions> {
  /** How many TLS sessions are kept for later connections; 0 for none. Default 100. */
  maxCachedSessions?: number | undefined;
}

/** The events of a server, with the arguments of their listeners. */
interface TlsServerEvents<Request extends RequestClass, Response extends ResponseClass>
  extends ServerEvents<Request, Response> {
  keylog: [line: Bytes, socket: TLSSocket];
  newSession: [id: Bytes, data: Bytes, callback: () => void];
  OCSPRequest: [certificate: Bytes, issuer: Bytes, callback: (error: Error | null, response: Buffer | null) => void];
  resumeSession: [id: Bytes, callback: (error: Error | null, data: Buffer | null) => void];
  secureConnection: [socket: TLSSocket];
  tlsClientError: [error: Error, socket: TLSSocket];
}

/** A `tls.Server` whose listeners are checked against the events of an HTTPS server. */
export interface ListenedTlsServer<R extends RequestClass, S extends ResponseClass> extends TlsServer {
  addListener<Name extends string | symbol>(event: Name, listener: Listener<TlsServerEvents<R, S>, Name>): this;
  on<Name extends string | symbol>(event: Name, listener: Listener<TlsServerEvents<R, S>, Name>): this;
  once<Name extends string | symbol>(event: Name, listener: Listener<TlsServerEvents<R, S>, Name>): this;
  prependListener<Name extends string | symbol>(event: Name, listener: Listener<TlsServerEvents<R, S>, Name>): this;
  prependOnceListener<Name extends string | symbol>(event: Name, listener: Listener<TlsServerEvents<R, S>, Name>): this;
  emit<Name extends string | symbol>(event: Name, ...args: Given<TlsServerEvents<R, S>, Name>): boolean;
}

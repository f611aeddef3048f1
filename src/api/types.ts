/**
 * The types of Node's face as `@types/node` has them, so that a program's own types fit both. They are written here since
 * nothing in src/ imports `node:http`; test/types/ holds them against the originals.
 */
import type { Server as NetServer, Socket, TcpSocketConnectOpts } from 'node:net';
import type { Duplex, Stream, Writable } from 'node:stream';
import type { IncomingMessage } from './IncomingMessage.js';
import type { ServerResponse, ServerResponseOptions } from './ServerResponse.js';

/** Fields of which a message has one value: what comes twice is dropped or joined. */
type SingleField =
  | `accept${'' | '-charset' | '-encoding' | '-language' | '-patch' | '-ranges'}`
  | `access-control-${'allow-credentials' | 'allow-headers' | 'allow-methods' | 'allow-origin'}`
  | `access-control-${'expose-headers' | 'max-age' | 'request-headers' | 'request-method'}`
  | `content-${'disposition' | 'encoding' | 'language' | 'length' | 'location' | 'range' | 'type'}`
  | `if-${'match' | 'modified-since' | 'none-match' | 'range' | 'unmodified-since'}`
  | `proxy-${'authenticate' | 'authorization'}`
  | `sec-fetch-${'dest' | 'mode' | 'site' | 'user'}`
  | `sec-websocket-${'accept' | 'extensions' | 'key' | 'protocol' | 'version'}`
  | ('age' | 'allow' | 'alt-svc' | 'authorization' | 'cache-control' | 'connection' | 'cookie' | 'date' | 'etag')
  | ('expect' | 'expires' | 'forwarded' | 'from' | 'host' | 'last-modified' | 'location' | 'max-forwards' | 'origin')
  | ('pragma' | 'public-key-pins' | 'range' | 'referer' | 'retry-after' | 'server' | 'strict-transport-security')
  | ('te' | 'tk' | 'trailer' | 'transfer-encoding' | 'upgrade' | 'user-agent' | 'vary' | 'via' | 'warning')
  | 'www-authenticate';

/** `message.headers`: lower-case names. */
export interface IncomingHttpHeaders
  extends NodeJS.Dict<string | string[]>,
    Partial<Record<SingleField, string | undefined>> {
  'set-cookie'?: string[] | undefined;
}

export type OutgoingHttpHeader = number | string | string[];

/** `message.getHeaders()`: lower-case names. */
export interface OutgoingHttpHeaders extends NodeJS.Dict<OutgoingHttpHeader> {}

/** What a Writable has and an outgoing message lacks, as far as the release of `@types/node` knows it. */
type LackingOfWritable = Extract<
  keyof Writable,
  | ('_construct' | '_destroy' | '_final' | '_write' | '_writev' | 'compose' | 'writableAborted')
  | typeof Symbol.asyncDispose
>;

/** A Stream that is declared to be a Writable: it isn't an instance of one, but Node's declarations call it one. */
export interface WritableFace extends Stream, Pick<Writable, LackingOfWritable> {
  setDefaultEncoding(encoding: BufferEncoding): this;
}

/** A class of which a server makes its requests. */
export type RequestClass = new (socket: Socket) => IncomingMessage;

/** A class of which a server makes its responses. */
// biome-ignore lint/suspicious/noExplicitAny: the request that a response of the user takes may be a class of their own.
export type ResponseClass = new (req: any, options?: ServerResponseOptions) => ServerResponse;

export type RequestListener<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> = (req: InstanceType<Request>, res: InstanceType<Response> & { req: InstanceType<Request> }) => void;

type Exchange<Request extends RequestClass, Response extends ResponseClass> = Parameters<
  RequestListener<Request, Response>
>;

type Takeover<Request extends RequestClass> = [req: InstanceType<Request>, socket: Duplex, head: Buffer<ArrayBuffer>];

/** The events of a server, with what its listeners are called with. */
export interface ServerEvents<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> {
  checkContinue: Exchange<Request, Response>;
  checkExpectation: Exchange<Request, Response>;
  clientError: [error: Error, socket: Duplex];
  close: [];
  connect: Takeover<Request>;
  connection: [socket: Socket];
  dropRequest: [req: InstanceType<Request>, socket: Duplex];
  error: [error: Error];
  listening: [];
  request: Exchange<Request, Response>;
  timeout: [socket: Socket];
  upgrade: Takeover<Request>;
}

/** What an event is emitted with; anything, for one that isn't the server's own. */
type Given<Events, Name> = Name extends keyof Events
  ? Events[Name] extends unknown[]
    ? Events[Name]
    : never
  : // biome-ignore lint/suspicious/noExplicitAny: what a program emits by itself is its own affair.
    any[];

type Listener<Request extends RequestClass, Response extends ResponseClass, Name> = (
  ...args: Given<ServerEvents<Request, Response>, Name>
) => void;

/** A `net.Server` whose listeners are held against the events of an HTTP server. */
export interface ListenedServer<Request extends RequestClass, Response extends ResponseClass> extends NetServer {
  addListener<Name extends string | symbol>(event: Name, listener: Listener<Request, Response, Name>): this;
  on<Name extends string | symbol>(event: Name, listener: Listener<Request, Response, Name>): this;
  once<Name extends string | symbol>(event: Name, listener: Listener<Request, Response, Name>): this;
  prependListener<Name extends string | symbol>(event: Name, listener: Listener<Request, Response, Name>): this;
  prependOnceListener<Name extends string | symbol>(event: Name, listener: Listener<Request, Response, Name>): this;
  emit<Name extends string | symbol>(event: Name, ...args: Given<ServerEvents<Request, Response>, Name>): boolean;
}

/** Defaults and meanings: Node's documentation of `new http.Agent()`. Times in ms. */
export interface AgentOptions extends NodeJS.PartialOptions<TcpSocketConnectOpts> {
  /** Sockets are kept when nobody waits for them. Default false. */
  keepAlive?: boolean | undefined;
  /** Delay of the first TCP keep-alive probe of an idle socket. Default 1000. */
  keepAliveMsecs?: number | undefined;
  /** How much sooner than a server announces an idle socket is closed. Default 1000. */
  agentKeepAliveTimeoutBuffer?: number | undefined;
  /** How many sockets a name may have. Default `Agent.defaultMaxSockets`. */
  maxSockets?: number | undefined;
  /** How many sockets all names together may have. Default Infinity. */
  maxTotalSockets?: number | undefined;
  /** How many idle sockets a name may have. Default 256. */
  maxFreeSockets?: number | undefined;
  /** Timeout of the sockets, idle or not. */
  timeout?: number | undefined;
  /** Which idle socket is used first: 'lifo' (default) the one used last, 'fifo' the one idle longest. */
  scheduling?: 'fifo' | 'lifo' | undefined;
  /** Default 80. */
  defaultPort?: number | undefined;
  /** Default 'http:'. */
  protocol?: string | undefined;
  /**
   * A request whose kept socket turns out to be closed by the server is sent once more, on another socket, if it may be
   * repeated (RFC 9110 §9.2.2). Not an option of Node's. Default false.
   */
  retryReused?: boolean | undefined;
}

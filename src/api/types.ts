/**
 * The types of Node's face as `@types/node` has them, so that a program's own types fit both. They are written here since
 * nothing in src/ imports `node:http`; test/types/ holds them against the originals.
 */
import type { EventEmitter } from 'node:events';
import type { Server as NetServer, Socket, TcpSocketConnectOpts } from 'node:net';
import type { Duplex, Readable, Stream, Writable } from 'node:stream';
import type { Agent } from './Agent.js';
import type { IncomingMessage } from './IncomingMessage.js';
import type { OutgoingMessage, OutgoingMessageMethods, OutgoingOptions } from './OutgoingMessage.js';
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

/** What the host has under a name, as far as its declarations know. */
export type Global<Name extends string> = typeof globalThis extends Record<Name, infer Value> ? Value : undefined;

/** What a class has beside its instances: Node's classes have the functions of those above them. */
export type Statics<Class> = Omit<Class, 'prototype'>;

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

type Listener<Events, Name> = (...args: Given<Events, Name>) => void;

/** A `net.Server` whose listeners are held against the events of an HTTP server. */
export interface ListenedServer<R extends RequestClass, S extends ResponseClass> extends NetServer {
  addListener<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  on<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  once<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  prependListener<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  prependOnceListener<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  emit<Name extends string | symbol>(event: Name, ...args: Given<ServerEvents<R, S>, Name>): boolean;
}

export interface OutgoingMessageConstructor extends Statics<typeof OutgoingMessageMethods> {
  new <Request = IncomingMessage>(options?: OutgoingOptions): OutgoingMessage<Request>;
  /** Without `new`: on an instance, sets it up; on anything else, a new instance. */
  (this: unknown, options?: OutgoingOptions): OutgoingMessage;
  prototype: OutgoingMessage;
}

/** What 'information' tells of an interim answer (RFC 9110 §15.2). */
export interface InformationEvent {
  statusCode: number;
  statusMessage: string;
  httpVersion: string;
  httpVersionMajor: number;
  httpVersionMinor: number;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
}

type Tunnel = [response: IncomingMessage, socket: Socket, head: Buffer<ArrayBuffer>];

/** The events of a client's request, with what its listeners are called with. */
export interface ClientRequestEvents {
  abort: [];
  close: [];
  connect: Tunnel;
  continue: [];
  drain: [];
  error: [error: Error];
  finish: [];
  information: [information: InformationEvent];
  pipe: [source: Readable];
  response: [response: IncomingMessage];
  socket: [socket: Socket];
  timeout: [];
  unpipe: [source: Readable];
  upgrade: Tunnel;
}

/** An outgoing message whose listeners are held against the events of a client's request. */
export interface ListenedRequest extends OutgoingMessage {
  addListener<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  on<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  once<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  prependListener<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  prependOnceListener<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  emit<Name extends string | symbol>(event: Name, ...args: Given<ClientRequestEvents, Name>): boolean;
}

/**
 * An agent as Node's declarations have one. What an Agent of ours has beside it is not declared there, so a parameter that
 * asked for it would refuse the agents of programs written for node:http.
 */
export interface AgentFace
  extends EventEmitter,
    Pick<Agent, 'createConnection' | 'destroy' | 'getName' | 'keepSocketAlive' | 'reuseSocket'>,
    Pick<Agent, 'maxFreeSockets' | 'maxSockets' | 'maxTotalSockets'> {
  readonly freeSockets: NodeJS.ReadOnlyDict<Socket[]>;
  readonly sockets: NodeJS.ReadOnlyDict<Socket[]>;
  // biome-ignore lint/suspicious/noExplicitAny: requests of either kind.
  readonly requests: NodeJS.ReadOnlyDict<any[]>;
}

/** Where proxies are told of. Source: “Built-in Proxy Support” in Node's documentation of http. */
export interface ProxyEnv extends NodeJS.ProcessEnv {
  /** The URL of the proxy of http: requests, with the credentials for it. `http_proxy` comes first. */
  HTTP_PROXY?: string | undefined;
  http_proxy?: string | undefined;
  HTTPS_PROXY?: string | undefined;
  https_proxy?: string | undefined;
  /** Hosts that are reached without it. `no_proxy` comes first. */
  NO_PROXY?: string | undefined;
  no_proxy?: string | undefined;
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
  /** Requests go to the proxy that these variables tell of. Default: none is looked for. */
  proxyEnv?: ProxyEnv | undefined;
  /**
   * A request whose kept socket turns out to be closed by the server is sent once more, on another socket, if it may be
   * repeated (RFC 9110 §9.2.2). Not an option of Node's. Default false.
   */
  retryReused?: boolean | undefined;
}

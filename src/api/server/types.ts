/** The public types of a server, as in `@types/node` (test/types/). */
import type { Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Bytes, Given, Listener } from '../compat/types.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { ServerResponse, ServerResponseOptions } from './ServerResponse.js';

/** A class from which a server makes its requests. */
export type RequestClass = new (socket: Socket) => IncomingMessage;

/** A class from which a server makes its responses. */
// biome-ignore lint/suspicious/noExplicitAny: a program's response may take requests of its own class.
export type ResponseClass = new (req: any, options?: ServerResponseOptions) => ServerResponse<any>;

/** What every release of `@types/node` declares of a request, and of a response. */
type RequestOfNode = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'httpVersion' | 'method' | 'url' | 'socket'>;
type ResponseOfNode = Pick<ServerResponse, 'statusCode' | 'statusMessage' | 'getHeader' | 'writeContinue'>;

/**
 * The options as Node declares them: its messages lack members of ours, such as `joinDuplicateHeaders`. The classes that are
 * given must be ours, or extend them.
 */
export type DeclaredByNode<Options> = Omit<Options, 'IncomingMessage' | 'ServerResponse' | 'shouldUpgradeCallback'> & {
  IncomingMessage?: (new (socket: Socket) => RequestOfNode) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as for ResponseClass.
  ServerResponse?: (new (req: any, options?: ServerResponseOptions) => ResponseOfNode) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: it takes Node's request, which can't be named without Node's module.
  shouldUpgradeCallback?: ((request: any) => boolean) | undefined;
};

/** A listener of 'request': the handler of a server. */
export type RequestListener<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> = (req: InstanceType<Request>, res: InstanceType<Response> & { req: InstanceType<Request> }) => void;

type Exchange<Request extends RequestClass, Response extends ResponseClass> = Parameters<
  RequestListener<Request, Response>
>;

type UpgradeArguments<Request extends RequestClass> = [req: InstanceType<Request>, socket: Duplex, head: Bytes];

/** The events of a server, with the arguments of their listeners. */
export interface ServerEvents<
  Request extends RequestClass = RequestClass,
  Response extends ResponseClass = ResponseClass,
> {
  /** A request expects `100 Continue`. Without a listener it is sent, and 'request' emitted. */
  checkContinue: Exchange<Request, Response>;
  /** A request has another expectation. Without a listener it gets 417. */
  checkExpectation: Exchange<Request, Response>;
  /** A peer has sent what is not HTTP, or its connection failed. A listener responds and closes the socket. */
  clientError: [error: Error, socket: Duplex];
  /** The server and all its connections are closed. */
  close: [];
  /** A CONNECT request has come: the socket belongs to the listener. Without one it is destroyed. */
  connect: UpgradeArguments<Request>;
  /** A socket has been accepted. A program may emit it to have a socket served. */
  connection: [socket: Socket];
  /** A request got 503, since its connection has had `maxRequestsPerSocket`. */
  dropRequest: [req: InstanceType<Request>, socket: Duplex];
  /** The server can’t listen. */
  error: [error: Error];
  /** The server listens. */
  listening: [];
  /** A request has come; its body follows. */
  request: Exchange<Request, Response>;
  /** A socket was idle for `timeout`. Without a listener it is destroyed. */
  timeout: [socket: Socket];
  /** A request asks for another protocol: the socket belongs to the listener. */
  upgrade: UpgradeArguments<Request>;
}

/** A `net.Server` whose listeners are checked against the events of an HTTP server. */
export interface ListenedServer<R extends RequestClass, S extends ResponseClass> extends NetServer {
  addListener<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  on<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  once<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  prependListener<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  prependOnceListener<Name extends string | symbol>(event: Name, listener: Listener<ServerEvents<R, S>, Name>): this;
  emit<Name extends string | symbol>(event: Name, ...args: Given<ServerEvents<R, S>, Name>): boolean;
}

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
  checkContinue: Exchange<Request, Response>;
  checkExpectation: Exchange<Request, Response>;
  clientError: [error: Error, socket: Duplex];
  close: [];
  connect: UpgradeArguments<Request>;
  connection: [socket: Socket];
  dropRequest: [req: InstanceType<Request>, socket: Duplex];
  error: [error: Error];
  listening: [];
  request: Exchange<Request, Response>;
  timeout: [socket: Socket];
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

/** The public types of a request, as in `@types/node` (test/types/). */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Bytes, Given, Listener } from '../compat/types.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import type { OutgoingMessage } from '../message/OutgoingMessage.js';
import type { IncomingHttpHeaders } from '../message/types.js';

/** The argument of 'information': an interim response (RFC 9110 §15.2). */
export interface InformationEvent {
  /** The status: 100 to 199, except 101. */
  statusCode: number;
  /** The reason phrase. */
  statusMessage: string;
  /** '1.1' or '1.0'. */
  httpVersion: string;
  /** The first number of `httpVersion`. */
  httpVersionMajor: number;
  /** The second number of `httpVersion`. */
  httpVersionMinor: number;
  /** The fields, names in lower case. */
  headers: IncomingHttpHeaders;
  /** Names and values by turns, as they came. */
  rawHeaders: string[];
}

type Tunnel = [response: IncomingMessage, socket: Socket, head: Bytes];

/** The events of a client's request, with the arguments of their listeners. */
interface ClientRequestEvents {
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

/** An outgoing message whose listeners are checked against the events of a client's request. */
export interface ListenedRequest extends OutgoingMessage {
  addListener<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  on<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  once<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  prependListener<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  prependOnceListener<Name extends string | symbol>(event: Name, listener: Listener<ClientRequestEvents, Name>): this;
  emit<Name extends string | symbol>(event: Name, ...args: Given<ClientRequestEvents, Name>): boolean;
}

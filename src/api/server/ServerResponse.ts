import type { Socket } from 'node:net';
import { atTurnEnd } from '../../io/clock.js';
import { Opaque } from '../../io/conceal.js';
import { STATUS_CODES } from '../../rules/status.js';
import { callable, create, isBare } from '../compat/callable.js';
import * as errors from '../compat/errors.js';
import { boxed, keepOwn, own } from '../compat/own.js';
import type { Statics } from '../compat/types.js';
import { validateInteger, validateLinkHeaderValue, validateObject } from '../compat/validate.js';
import { headHasLeft } from '../message/headText.js';
import type { IncomingMessage } from '../message/IncomingMessage.js';
import {
  CONTINUE,
  type HeaderValue,
  KEEP_ALIVE,
  keepAliveLines,
  LINE_END,
  Lines,
  PROCESSING,
  statusLine,
} from '../message/lines.js';
import { type MessageSocket, OutgoingMessage, type OutgoingOptions } from '../message/OutgoingMessage.js';
import { flatten, type GivenHeaders } from '../message/writeHead.js';

/**
 * A server's response to one request.
 * Source: Node's documentation of `http.ServerResponse`.
 */
export class ServerResponseMethods extends OutgoingMessage<RequestToRespondTo> {
  /** Sent with the implicit head. Default 200. */
  declare statusCode: number;
  /** Default: the standard reason of the status code. */
  declare statusMessage: string;
  /** @internal */
  declare _sent100: boolean;
  /** @internal */
  declare _expect_continue: boolean;
  /** @internal */
  declare _removedConnection: boolean;
  /**
   * The arguments of `writeHead`, for a head that may be taken back.
   * @internal
   */
  declare _given: GivenHeaders | null;

  /**
   * Gives the response the socket on which it is sent.
   * @throws ERR_HTTP_SOCKET_ASSIGNED when another response has it
   */
  assignSocket(socket: MessageSocket): void {
    if (socket._httpMessage) throw errors.socketAssigned();
    socket._httpMessage = this;
    this.socket = socket as Socket;
    const host = this[own];
    if (host.owner === undefined) {
      for (let corks = this._corked; corks > 0; corks--) socket.cork();
      socket.on('close', closeWithSocket);
    }
    host.attached();
  }

  /** Removes the socket. */
  detachSocket(socket: MessageSocket): void {
    const host = this[own];
    if (host.owner === undefined) socket.off('close', closeWithSocket);
    host.detached();
    socket._httpMessage = null;
    this.socket = null;
  }

  /** `100 Continue`: the client may send its body. */
  writeContinue(callback?: () => void): void {
    if (this._header !== null) throw headHasLeft(this, 'write');
    this._writeRaw(CONTINUE, 'latin1', callback);
    this._sent100 = true;
  }

  /** `102 Processing`. */
  writeProcessing(callback?: () => void): void {
    if (this._header !== null) throw headHasLeft(this, 'write');
    this._writeRaw(PROCESSING, 'latin1', callback);
  }

  /**
   * `103 Early Hints` (RFC 8297).
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_HTTP_HEADERS_SENT
   */
  writeEarlyHints(hints: Readonly<Record<string, string | string[]>>, callback?: () => void): void {
    validateObject(hints, 'hints');
    const names = Object.keys(hints);
    const lines = new Lines(statusLine(103, STATUS_CODES[103], this.writeEarlyHints), null, true);
    const empty = lines.text;
    for (const name of names) if (isLink(name)) addLink(lines, hints[name]);
    for (const name of names) if (!isLink(name)) lines.addInterim(name, hints[name]);
    if (lines.text === empty) {
      if (typeof callback === 'function') atTurnEnd(call, callback);
      return;
    }
    if (this._header !== null) throw headHasLeft(this, 'write');
    this._writeRaw(lines.text + LINE_END, 'latin1', callback);
  }

  /**
   * Any interim response but 101. `headers`: as in `writeHead`.
   * @returns false when the writer should wait for 'drain'
   * @throws ERR_HTTP_HEADERS_SENT, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_HTTP_INVALID_STATUS_CODE
   */
  writeInformation(statusCode: number, headers?: GivenHeaders | null, callback?: () => void): boolean;
  /** Node declares it, so a response without it would not be assignable to Node's type. Throws ERR_INVALID_ARG_TYPE. */
  writeInformation(statusCode: number, headers: () => void): boolean;
  writeInformation(statusCode: number, headers?: GivenHeaders | (() => void) | null, callback?: () => void): boolean {
    if (this._header !== null) throw headHasLeft(this, 'write');
    validateInteger(statusCode, 'statusCode', 100, 199);
    if (statusCode === 101) throw errors.invalidStatusCode(statusCode);
    const given = headers ?? {};
    if (!Array.isArray(given)) validateObject(given, 'headers');
    const flat = Array.isArray(given) ? flatten(given) : Object.entries(given).flat(1);
    const firstLine = statusLine(statusCode, STATUS_CODES[statusCode] ?? 'unknown', this.writeInformation);
    const lines = new Lines(firstLine, null, true);
    for (let i = 0; i < flat.length; i += 2) lines.addInterim(flat[i], flat[i + 1]);
    if (statusCode === 100) this._sent100 = true;
    return this._writeRaw(lines.text + LINE_END, 'latin1', callback);
  }

  /**
   * Fixes status and headers; they are sent with the first part of the body, `end()` or `flushHeaders()`.
   * `headers` is an object, or an array of alternating names and values, or of pairs.
   * @throws ERR_HTTP_HEADERS_SENT, ERR_HTTP_INVALID_STATUS_CODE, ERR_INVALID_CHAR, ERR_INVALID_ARG_VALUE
   */
  writeHead(statusCode: number, reason?: string | GivenHeaders | null, headers?: GivenHeaders | null): this {
    if (this._header !== null) throw headHasLeft(this, 'write', this.writeHead);
    const code = statusCode | 0;
    if (code < 100 || code > 999) throw errors.hideFrames(errors.invalidStatusCode(statusCode), this.writeHead);
    const given = typeof reason === 'string' ? headers : (headers ?? reason);
    const phrase = typeof reason === 'string' ? reason : this.statusMessage || STATUS_CODES[code] || 'unknown';
    this.statusMessage = phrase;
    this.statusCode = code;
    if (this._fields !== null && given) mergeInto(this, given);
    else if (this.strictContentLength && given) this._given = given;
    const line = statusLine(code, phrase, this.writeHead);
    if (code === 204 || code === 304 || code < 200) this._hasBody = false;
    // A client that waits for 100 and gets a final response may or may not send its body: RFC 9110 §10.1.1.
    if (this._expect_continue && !this._sent100) this.shouldKeepAlive = false;
    this._storeHeader(line, this._fields ?? given ?? null);
    return this;
  }

  /** Alias of `writeHead`. */
  declare writeHeader: ServerResponseMethods['writeHead'];

  /** @internal */
  override _implicitHeader(): void {
    this.writeHead(this.statusCode);
  }

  /** @internal */
  override _finish(): void {
    super._finish();
  }

  /** @internal */
  override _recallHead(): void {
    const given = this._given;
    // If the head was fixed before `strictContentLength` was set, its arguments were not kept and would be lost.
    if (this._fields === null && given === null) return;
    super._recallHead();
    this._given = null;
    if (this._fields === null) mergeInto(this, given as GivenHeaders);
    // The standard reason of a status that may change.
    if (this.statusMessage === STATUS_CODES[this.statusCode]) this.statusMessage = undefined as never;
  }

  /** @internal */
  override _switchesProtocol(): boolean {
    return this.statusCode === 101;
  }

  /** @internal */
  override _mayChunk(): boolean {
    return this.statusCode !== 204 && this.statusCode !== 304;
  }

  /** @internal */
  override _keepAliveLines(announces: boolean): string {
    if (this._keepAliveTimeout === 0 || !announces || !this._defaultKeepAlive) return KEEP_ALIVE;
    return keepAliveLines(this._keepAliveTimeout, this._maxRequestsPerSocket);
  }
}

const call = (callback: () => void): void => callback();

const isLink = (name: string): boolean => name.toLowerCase() === 'link';

function addLink(lines: Lines, links: unknown): void {
  const value = links === undefined || links === null ? '' : validateLinkHeaderValue(links);
  if (value !== '') lines.addInterim('Link', value);
}

/** `headers` take precedence over those that were set. */
function mergeInto(response: OutgoingMessage<unknown>, headers: GivenHeaders): void {
  if (!Array.isArray(headers)) {
    for (const name of Object.keys(headers)) {
      if (name) response.setHeader(name, (headers as Record<string, HeaderValue>)[name] as HeaderValue);
    }
    return;
  }
  const flat = flatten(headers);
  for (let i = 0; i < flat.length; i += 2) response.removeHeader(flat[i] as string);
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i]) response.appendHeader(flat[i] as string, flat[i + 1] as string);
  }
}

function closeWithSocket(this: MessageSocket): void {
  this._httpMessage?.[own].closed();
}

/** A request, ours or not: the members that its response reads. */
type RequestToRespondTo = Pick<IncomingMessage, 'headers' | 'httpVersionMajor' | 'httpVersionMinor' | 'method'>;

/** Options of `new ServerResponse()`. */
export interface ServerResponseOptions extends OutgoingOptions {}

export interface ServerResponseConstructor extends Statics<typeof ServerResponseMethods> {
  new <Request extends RequestToRespondTo = IncomingMessage>(
    req: Request,
    options?: ServerResponseOptions,
  ): ServerResponse<Request>;
  /** The compiler takes the last signature for the class of a handler's responses: it has no type parameter, but a name to show. */
  new (req: IncomingMessage, options?: ServerResponseOptions): ServerResponse;
  /** Without `new`: sets up an object of the program, or makes a new instance. */
  (this: unknown, req: RequestToRespondTo, options?: ServerResponseOptions): ServerResponse;
  prototype: ServerResponse;
}

/**
 * The response of a server to a request. A handler gets it as its second argument.
 * Source: Node’s documentation of `http.ServerResponse`. Its states: diagrams/response.svg.
 */
export const ServerResponse: ServerResponseConstructor = callable(ServerResponseMethods, {
  ServerResponse: function (req: IncomingMessage, options?: ServerResponseOptions): unknown {
    if (new.target === undefined && !(this instanceof ServerResponse) && isBare(this, ServerResponse))
      return create(ServerResponse, req, options);
    OutgoingMessage.call(this, options);
    this.req = req;
    this.sendDate = true;
    this.statusCode = 200;
    this.statusMessage = undefined as never;
    this._sent100 = false;
    this._expect_continue = false;
    this._maxRequestsPerSocket = 0;
    if (req.method === 'HEAD') this._hasBody = false;
    // A request made by the program may have no version: it counts as HTTP/1.1, as in Node.
    if (req.httpVersionMajor < 1 || req.httpVersionMinor < 1) {
      this.useChunkedEncodingByDefault = /chunk/i.test(String(req.headers?.['te']));
      this.shouldKeepAlive = false;
    }
  },
}) as ServerResponseConstructor;
Object.assign(ServerResponse.prototype, { statusCode: 200, statusMessage: undefined, _given: null });
keepOwn(ServerResponse.prototype, function () {
  return Opaque.content(this[boxed]);
});
// Both are one function, as in Node: a program's wrapper of one is not called by the other.
Object.defineProperty(ServerResponse.prototype, 'writeHeader', {
  ...Object.getOwnPropertyDescriptor(ServerResponse.prototype, 'writeHead'),
});
export interface ServerResponse<Request extends RequestToRespondTo = IncomingMessage> extends ServerResponseMethods {
  /** The request that it responds to. */
  req: Request;
}

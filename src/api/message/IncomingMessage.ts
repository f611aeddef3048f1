import type { Socket } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import type { Role } from '../../events/message.js';
import type { MessageHead } from '../../events/wire.js';
import { Opaque } from '../../io/conceal.js';
import {
  addDistinctField,
  addField,
  combine,
  type DistinctHeaders,
  distinct,
  type Headers,
} from '../../rules/combine.js';
import { type Callable, callable, create } from '../compat/callable.js';
import { isPlainEmitter } from '../compat/listeners.js';
import { boxed, keepOwn, own } from '../compat/own.js';
import { makeReadable, readAhead, streamsByNeed } from '../compat/readable.js';
import { IncomingHost } from './IncomingHost.js';
import { addEach, ours, setMethods } from './replaced.js';
import type { IncomingHttpHeaders } from './types.js';

/** The request of a response: the members that are printed. */
export interface RequestOfResponse {
  readonly method: string;
  readonly path: string;
}

/** What the getters keep. */
interface Seen {
  headers?: Headers | undefined;
  headersDistinct?: DistinctHeaders | undefined;
  trailers?: Headers | undefined;
  trailersDistinct?: DistinctHeaders | undefined;
  recombined?(): Headers | undefined;
}

/** That of objects that no constructor has set up: the prototype, and what tests make of it (`Object.create`). */
const seenByFake = new WeakMap<object, Seen>();

function seenOf(fake: object): Seen {
  const seen = seenByFake.get(fake) ?? {};
  seenByFake.set(fake, seen);
  return seen;
}

/**
 * An incoming message: a request at a server, a response at a client.
 * Source: Node's documentation of `http.IncomingMessage`.
 */
export class IncomingMessageMethods extends Readable {
  /** @internal */
  declare [own]: IncomingHost;
  /** The socket from which the message came. */
  declare socket: Socket;
  /** Deprecated in Node: `socket`. */
  declare client: Socket;
  /** The first number of `httpVersion`. */
  declare httpVersionMajor: number;
  /** The second number of `httpVersion`. */
  declare httpVersionMinor: number;
  /** The version of the peer: '1.1' or '1.0'. */
  declare httpVersion: string;
  /** The whole message has arrived and was well-formed. */
  declare complete: boolean;
  /** Names and values by turns, as they came. */
  declare rawHeaders: string[];
  /** Filled when the message is complete. */
  declare rawTrailers: string[];
  /** Values of duplicate fields are joined by a comma, not dropped. Default false. */
  declare joinDuplicateHeaders: boolean;
  /** The message was cut. Deprecated in Node: `destroyed`, or the event 'error'. */
  declare aborted: boolean;
  /** The message leaves HTTP: another protocol follows on its socket. */
  declare upgrade: boolean | null;
  /** Of a response: its request. */
  declare req?: RequestOfResponse;
  /** The target of the request, as it came. Only at a server. */
  declare url?: string | undefined;
  /** The method of the request. Only at a server. */
  declare method?: string | undefined;
  /** The status of the response. Only at a client. */
  declare statusCode?: number | undefined;
  /** The reason phrase of the response. Only at a client. */
  declare statusMessage?: string | undefined;
  /** @internal */
  declare _consuming: boolean;
  /** @internal */
  declare _dumped: boolean;

  /** Deprecated in Node: `socket`. */
  get connection(): Socket {
    return this.socket;
  }

  set connection(socket: Socket) {
    this.socket = socket;
  }

  /** Lower-case names; duplicates are dropped, listed or joined as Node documents. */
  get headers(): IncomingHttpHeaders {
    const seen = this[own] ?? seenOf(this);
    seen.headers ??= combined(this, seen, this.rawHeaders ?? []);
    return seen.headers;
  }

  set headers(headers: IncomingHttpHeaders) {
    (this[own] ?? seenOf(this)).headers = headers as Headers;
  }

  /** Every name with all its values, unjoined. */
  get headersDistinct(): NodeJS.Dict<string[]> {
    const seen = this[own] ?? seenOf(this);
    seen.headersDistinct ??= distinguished(this, this.rawHeaders ?? []);
    return seen.headersDistinct;
  }

  set headersDistinct(headers: NodeJS.Dict<string[]>) {
    (this[own] ?? seenOf(this)).headersDistinct = headers as DistinctHeaders;
  }

  /** The trailer section, names in lower case. Complete at 'end'. */
  get trailers(): NodeJS.Dict<string> {
    const seen = this[own] ?? seenOf(this);
    seen.trailers ??= combined(this, undefined, this.rawTrailers ?? []);
    return seen.trailers as NodeJS.Dict<string>;
  }

  set trailers(trailers: NodeJS.Dict<string>) {
    (this[own] ?? seenOf(this)).trailers = trailers as Headers;
  }

  /** As `trailers`, with all values of each field. */
  get trailersDistinct(): NodeJS.Dict<string[]> {
    const seen = this[own] ?? seenOf(this);
    seen.trailersDistinct ??= distinguished(this, this.rawTrailers ?? []);
    return seen.trailersDistinct;
  }

  set trailersDistinct(trailers: NodeJS.Dict<string[]>) {
    (this[own] ?? seenOf(this)).trailersDistinct = trailers as DistinctHeaders;
  }

  /** Aborted when the message is aborted, or the connection closes while the response is due. Made on first access. */
  get signal(): AbortSignal {
    return this[own]?.signal();
  }

  /** Sets the timeout of the socket; `callback` listens to 'timeout'. */
  setTimeout(msecs: number, callback?: () => void): this {
    if (callback) this.on('timeout', callback);
    // stream.pipeline() removes the socket of a request when it ends the request.
    this.socket?.setTimeout?.(msecs);
    return this;
  }

  override _read(): void {
    if (!this._consuming && !this.complete) {
      this._consuming = true;
      readAhead(this, true);
    }
    this[own].read();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this[own].destroy(error, done);
  }

  /** @internal */
  _addHeaderLines(lines: readonly string[], count: number): void {
    const given = lines.slice(0, count);
    const seen = this[own];
    const into = this.complete ? seen.trailers : seen.headers;
    if (this.complete) this.rawTrailers = given;
    else {
      this.rawHeaders = given;
      seen.section = undefined;
    }
    // Otherwise they are made of the lines when they are read.
    if (into === undefined) return;
    for (let i = 0; i + 1 < given.length; i += 2) this._addHeaderLine(given[i] as string, given[i + 1] as string, into);
  }

  /** @internal */
  _addHeaderLine(name: string, value: string, into: Headers): void {
    addField(into, name, value, this.joinDuplicateHeaders);
  }

  /** @internal */
  _addHeaderLineDistinct(name: string, value: string, into: DistinctHeaders): void {
    addDistinctField(into, name, value);
  }

  /**
   * Discards what nobody reads, so that the next message can arrive.
   * @internal
   */
  _dump(): void {
    if (this._dumped) return;
    this._dumped = true;
    this.resume();
    this.removeAllListeners('data');
  }
}

function combined(message: IncomingMessageMethods, seen: Seen | undefined, lines: readonly string[]): Headers {
  if (message._addHeaderLine !== ours._addHeaderLine)
    return addEach<Headers>(message, message._addHeaderLine, lines, {});
  return seen?.recombined?.() ?? combine(lines, message.joinDuplicateHeaders);
}

function distinguished(message: IncomingMessageMethods, lines: readonly string[]): DistinctHeaders {
  if (message._addHeaderLineDistinct === ours._addHeaderLineDistinct) return distinct(lines);
  return addEach<DistinctHeaders>(message, message._addHeaderLineDistinct, lines, Object.create(null));
}

/** A member before the head is known. Node's declarations don't mention null. */
const unset = null as never;

let isUntouched = false;

/**
 * Whether the messages that are made from now on are ones that probably nobody reads. They are no streams before somebody looks at them
 * as such.
 */
export function expectUntouched(expected: boolean): void {
  isUntouched = expected;
}

/** The class, as editors show it. */
export interface IncomingMessageConstructor
  extends Callable<typeof IncomingMessageMethods, [socket?: Socket | Duplex | null, role?: Role], IncomingMessage> {}

/**
 * A request at a server, or a response at a client: a Readable of its body.
 * Source: Node’s documentation of `http.IncomingMessage`.
 */
export const IncomingMessage: IncomingMessageConstructor = callable(IncomingMessageMethods, {
  IncomingMessage: function (socket?: Socket | Duplex | null, role: Role = 'req'): unknown {
    if (new.target === undefined && !(this instanceof IncomingMessage)) return create(IncomingMessage, socket, role);
    const isStream = !isUntouched || !isPlainEmitter();
    if (isStream) makeReadable(this, socket?.readableHighWaterMark);
    this.socket = socket as Socket;
    this.httpVersionMajor = unset;
    this.httpVersionMinor = unset;
    this.httpVersion = unset;
    this.complete = false;
    this.rawHeaders = [];
    this.rawTrailers = [];
    this.joinDuplicateHeaders = false;
    this.aborted = false;
    this.upgrade = null;
    this.url = '';
    this.method = unset;
    this.statusCode = unset;
    this.statusMessage = unset;
    this.client = socket as Socket;
    this._consuming = false;
    this._dumped = false;
    this[own] = new IncomingHost(this, role, isStream);
  },
});
setMethods(IncomingMessage.prototype);
streamsByNeed(IncomingMessage.prototype, (object) => object[own]?.becomeStream());
export interface IncomingMessage extends IncomingMessageMethods {}
keepOwn(IncomingMessage.prototype, function () {
  return Opaque.content(this[boxed]);
});

/**
 * Fills in a request line and its fields.
 * @internal
 */
export function fillRequest(message: IncomingMessage, head: MessageHead): void {
  fill(message, head);
  message.method = head.method;
  message.url = head.url;
}

/**
 * Fills in a status line and its fields.
 * @internal
 */
export function fillResponse(message: IncomingMessage, head: MessageHead): void {
  fill(message, head);
  message.statusCode = head.statusCode;
  message.statusMessage = head.statusMessage;
}

function fill(message: IncomingMessage, head: MessageHead): void {
  message.httpVersionMajor = head.versionMajor;
  message.httpVersionMinor = head.versionMinor;
  message.httpVersion = versionText(head.versionMajor, head.versionMinor);
  const { rawHeaders, heeded, section } = head;
  // The program may change its list.
  message.rawHeaders = rawHeaders === section?.fields ? rawHeaders.slice() : (rawHeaders as string[]);
  message[own].section = section;
  if (heeded !== rawHeaders) {
    message.headers = combine(heeded, message.joinDuplicateHeaders);
    message.headersDistinct = distinct(heeded);
  }
  message.upgrade = false;
  if (message._addHeaderLines !== ours._addHeaderLines) message._addHeaderLines(message.rawHeaders, rawHeaders.length);
}

export function versionText(major: number, minor: number): string {
  if (major === 1) {
    if (minor === 1) return '1.1';
    if (minor === 0) return '1.0';
  }
  return `${major}.${minor}`;
}

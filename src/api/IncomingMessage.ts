import { type Duplex, Readable } from 'node:stream';
import type { MessageHead } from '../events/wire.js';
import { addDistinctField, addField, combine, type DistinctHeaders, distinct, type Headers } from '../rules/combine.js';
import { callable, create } from './compat/callable.js';
import { IncomingHost } from './IncomingHost.js';
import { own } from './own.js';

type Socket = Duplex & { setTimeout?(msecs: number, callback?: () => void): unknown };

/**
 * A message that comes in: a request at a server, a response at a client.
 * Source: Node's documentation of `http.IncomingMessage`.
 */
export class IncomingMessageMethods extends Readable {
  declare [own]: IncomingHost;
  declare socket: Socket;
  declare client: Socket;
  declare httpVersionMajor: number | null;
  declare httpVersionMinor: number | null;
  declare httpVersion: string | null;
  /** The whole message has come and was well-formed. */
  declare complete: boolean;
  declare rawHeaders: string[];
  /** Filled when the message is complete. */
  declare rawTrailers: string[];
  declare joinDuplicateHeaders: boolean;
  declare aborted: boolean;
  declare upgrade: boolean | null;
  declare url: string;
  declare method: string | null;
  declare statusCode: number | null;
  declare statusMessage: string | null;
  declare _consuming: boolean;
  declare _dumped: boolean;

  get connection(): Socket {
    return this.socket;
  }

  set connection(socket: Socket) {
    this.socket = socket;
  }

  /** Lower-case names; duplicates are dropped, listed or joined as Node's documentation has it. */
  get headers(): Headers {
    const host = this[own];
    host.headers ??= host.recombined() ?? combine(host.counted(this.rawHeaders), this.joinDuplicateHeaders);
    return host.headers;
  }

  set headers(headers: Headers) {
    this[own].headers = headers;
  }

  /** Every name with all its values, unjoined. */
  get headersDistinct(): DistinctHeaders {
    const host = this[own];
    host.headersDistinct ??= distinct(host.counted(this.rawHeaders));
    return host.headersDistinct;
  }

  set headersDistinct(headers: DistinctHeaders) {
    this[own].headersDistinct = headers;
  }

  get trailers(): Headers {
    const host = this[own];
    host.trailers ??= combine(host.counted(this.rawTrailers), this.joinDuplicateHeaders);
    return host.trailers;
  }

  set trailers(trailers: Headers) {
    this[own].trailers = trailers;
  }

  get trailersDistinct(): DistinctHeaders {
    const host = this[own];
    host.trailersDistinct ??= distinct(host.counted(this.rawTrailers));
    return host.trailersDistinct;
  }

  set trailersDistinct(trailers: DistinctHeaders) {
    this[own].trailersDistinct = trailers;
  }

  /** Aborted when the message is, or the connection with the answer owed. Made when it is asked for. */
  get signal(): AbortSignal {
    return this[own].signal();
  }

  /** Sets the timeout of the socket; `callback` listens to 'timeout'. */
  setTimeout(msecs: number, callback?: () => void): this {
    if (callback) this.on('timeout', callback);
    this.socket.setTimeout?.(msecs);
    return this;
  }

  override _read(): void {
    if (!this._consuming && !this.complete) {
      this._consuming = true;
      readAhead(this, true);
    }
    this[own].actor.send({ type: 'user.read' });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this[own].destroy(error, done);
  }

  _addHeaderLines(lines: string[], count: number): void {
    const given = lines.slice(0, count);
    if (this.complete) {
      this.rawTrailers = given;
      this[own].trailers = undefined;
    } else {
      this.rawHeaders = given;
      this[own].headers = undefined;
    }
  }

  _addHeaderLine(name: string, value: string, into: Headers): void {
    addField(into, name, value, this.joinDuplicateHeaders);
  }

  _addHeaderLineDistinct(name: string, value: string, into: DistinctHeaders): void {
    addDistinctField(into, name, value);
  }

  /** Lets what nobody reads flow away, so that the next message can come. */
  _dump(): void {
    if (this._dumped) return;
    this._dumped = true;
    this.removeAllListeners('data');
    this.resume();
  }
}

/** Whether the stream fills its buffer by itself. It shall not before somebody reads: an unread body is dumped. */
function readAhead(message: unknown, allowed: boolean): void {
  (message as { _readableState: { readingMore: boolean } })._readableState.readingMore = !allowed;
}

let options = { highWaterMark: 0 };

/** Made anew only when another mark is asked for. */
function optionsFor(highWaterMark: number): { highWaterMark: number } {
  if (options.highWaterMark !== highWaterMark) options = { highWaterMark };
  return options;
}

export const IncomingMessage = callable(
  IncomingMessageMethods,
  function IncomingMessage(socket?: Socket | null): unknown {
    if (!(this instanceof IncomingMessage)) return create(IncomingMessage, socket);
    Readable.call(this as never, socket ? optionsFor(socket.readableHighWaterMark) : undefined);
    readAhead(this, false);
    this.socket = socket as Socket;
    this.httpVersionMajor = null;
    this.httpVersionMinor = null;
    this.httpVersion = null;
    this.complete = false;
    this.rawHeaders = [];
    this.rawTrailers = [];
    this.joinDuplicateHeaders = false;
    this.aborted = false;
    this.upgrade = null;
    this.url = '';
    this.method = null;
    this.statusCode = null;
    this.statusMessage = null;
    this.client = socket as Socket;
    this._consuming = false;
    this._dumped = false;
    this[own] = new IncomingHost(this);
  },
);
export type IncomingMessage = InstanceType<typeof IncomingMessageMethods>;

/** Fills in what a request line and its fields say. */
export function fillRequest(message: IncomingMessage, head: MessageHead): void {
  message.httpVersionMajor = head.versionMajor;
  message.httpVersionMinor = head.versionMinor;
  message.httpVersion = versionText(head.versionMajor, head.versionMinor);
  message.method = head.method;
  message.url = head.url;
  message.rawHeaders = head.rawHeaders;
  message[own].section = head.section;
  message.upgrade = false;
}

function versionText(major: number, minor: number): string {
  if (major === 1) {
    if (minor === 1) return '1.1';
    if (minor === 0) return '1.0';
  }
  return `${major}.${minor}`;
}

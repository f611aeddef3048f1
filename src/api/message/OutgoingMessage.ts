import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Stream, type Writable } from 'node:stream';
import type { Ending } from '../../events/ending.js';
import { CORK, entering, UNCORK } from '../../io/record.js';
import type { Written } from '../../io/writer.js';
import { absorb, callable, create, isBare } from '../compat/callable.js';
import * as errors from '../compat/errors.js';
import { isPlainEmitter, listenersByNeed } from '../compat/listeners.js';
import { keepOwn, own } from '../compat/own.js';
import { optionOf } from '../compat/ownOptions.js';
import type { Statics } from '../compat/types.js';
import { validateDuration } from '../compat/validate.js';
import { programsMayFinish } from '../process/asNode.js';
import { defaultHighWaterMark, measure } from './chunk.js';
import { count, countLast, endAgain, hand, measureHead, requireHead } from './content.js';
import { type Fields, HeaderSection } from './HeaderSection.js';
import type { IncomingMessage } from './IncomingMessage.js';
import { announceEnd, OutgoingHost } from './OutgoingHost.js';
import type { OutgoingState } from './OutgoingState.js';
import { rare, seams } from './seams.js';
import { type GivenHeaders, writeHeadOf } from './writeHead.js';

export interface OutgoingOptions {
  /** How many bytes may wait before `write()` returns false. Default: that of streams. */
  highWaterMark?: number | undefined;
  /** A body where none is allowed throws ERR_HTTP_BODY_NOT_ALLOWED. Default false: it is dropped. */
  rejectNonStandardBodyWrites?: boolean | undefined;
}

/** The socket of a message: any Duplex, or a Writable in a test. */
export type MessageSocket = Writable & {
  _httpMessage?: OutgoingMessage<unknown> | null;
  setTimeout?(msecs: number, callback?: () => void): unknown;
};

/** The header section, with the fields of a message. */
const StatefulSection = HeaderSection as Statics<typeof HeaderSection> & (new () => HeaderSection & OutgoingState);

/**
 * The common base of a server's response and a client's request.
 * Source: Node's documentation of `http.OutgoingMessage`.
 */
export class OutgoingMessageMethods extends StatefulSection {
  /** @internal */
  declare [own]: OutgoingHost;
  /** Of a response: its request. */
  declare req: unknown;

  /** What the message was destroyed with. */
  get errored(): Error | null {
    return this._errored as Error | null;
  }

  /** 'close' was emitted. */
  get closed(): boolean {
    return this._closed;
  }

  /** Deprecated in Node: `socket`. */
  get connection(): Socket | null {
    return this.socket;
  }

  set connection(socket: Socket | null) {
    this.socket = socket;
  }

  /** The head is fixed: fields can’t be set any more. */
  get headersSent(): boolean {
    return Boolean(this._header);
  }

  /** `end()` was called. */
  get writableEnded(): boolean {
    return this.finished;
  }

  /** The last byte was handed to the system; 'finish' follows at once. */
  get writableFinished(): boolean {
    // After an end() of ours there is a head: the program has replaced it, and has set `finished` itself.
    if (programsMayFinish && this.finished && !this._header && !this.destroyed) {
      return !this.outputSize && !this.socket?.writableLength;
    }
    return this[own]?.actor.matches('message.finished');
  }

  /** How the exchange has ended: the code and its facts, made when they are asked for. Undefined before. Not in Node: docs/endings.md. */
  get ending(): Ending | undefined {
    return this[own]?.ending;
  }

  /** The program may have a member of that name. */
  set ending(value: unknown) {
    Object.defineProperty(this, 'ending', { value, writable: true, enumerable: true, configurable: true });
  }

  /** False: only bytes and text are written. */
  get writableObjectMode(): boolean {
    return false;
  }

  /** Bytes that were not sent yet. */
  get writableLength(): number {
    return this.outputSize + (this[own]?.corkedLength ?? 0) + (this.socket?.writableLength ?? 0);
  }

  /** How many bytes may wait before `write()` returns false. */
  get writableHighWaterMark(): number {
    return this.socket ? this.socket.writableHighWaterMark : this._highWaterMark;
  }

  /** How many `cork()` were called without `uncork()`. */
  get writableCorked(): number {
    return this._corked;
  }

  /** `write()` has returned false, and 'drain' follows. */
  get writableNeedDrain(): boolean {
    return !this.destroyed && !this.finished && this[own]?.actor.matches('flow.full');
  }

  /** Keeps what is written, so that it leaves in one piece. `uncork()` ends it. */
  cork(): void {
    entering(this[own].actor, CORK, undefined, () => {
      this._corked++;
      if (!this.finished) this.socket?.cork(); // After its end the socket may be the next message's.
      this[own].corked ??= [];
    });
  }

  /** Writes what `cork()` has kept. */
  uncork(): void {
    if (this._corked === 0) return;
    entering(this[own].actor, UNCORK, undefined, () => {
      this._corked--;
      if (!this.finished) this.socket?.uncork();
      if (this._corked === 0) this[own].uncork();
    });
  }

  /** Sets the timeout of the socket, as soon as there is one. `callback` listens to 'timeout'. */
  setTimeout(msecs: number, callback?: () => void): this {
    const { socket } = this;
    // A socket validates it itself. A later socket would throw where nobody can catch it.
    const period = socket ? msecs : validateDuration(msecs, 'msecs');
    if (callback) this.on('timeout', callback);
    if (socket) socket.setTimeout?.(period);
    else this.once('socket', (given: MessageSocket) => given.setTimeout?.(period));
    return this;
  }

  /** Ends the message and its socket, now or as soon as there is one. */
  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    // Undefined if no error was given, as in Node.
    this._errored = error as Error | null;
    this[own].giveUp({ type: 'user.destroy' });
    return this;
  }

  /**
   * Writes a part of the body, preceded by the head if that was not sent.
   * @returns false when the writer should wait for 'drain'
   * @throws ERR_STREAM_NULL_VALUES, ERR_INVALID_ARG_TYPE, ERR_HTTP_BODY_NOT_ALLOWED, ERR_HTTP_CONTENT_LENGTH_MISMATCH
   */
  write(chunk: string | Uint8Array, encoding?: BufferEncoding | null | Written, callback?: Written): boolean {
    // Don't call `this.write` here: a program's replacement calls this method.
    const given = typeof encoding === 'function' ? encoding : callback;
    const written = typeof given === 'function' ? given : undefined;
    const as = typeof encoding === 'function' ? null : encoding;
    const length = measure(chunk, as, this.write);
    if (!this.finished && !this.destroyed) {
      const hadHead = this._header !== null;
      if (hadHead) count(this, length, this.write);
      if (length > 0 && this._lacksContent) this._expectContent(true);
      if (this._header === null || this._header !== this[own].head) requireHead(this);
      if (!hadHead) count(this, length, this.write);
      if (!this._hasBody && this._refusesBody()) throw errors.hideFrames(errors.bodyNotAllowed(), this.write);
    }
    hand(this, 'user.write', chunk, length, as, written);
    return this[own].goesOn;
  }

  /**
   * Ends the message, after a last part of its body. `callback` is called before 'finish', or with the error that prevents it.
   * @throws as `write`
   */
  end(
    chunk?: string | Uint8Array | null | Written,
    encoding?: BufferEncoding | null | Written,
    callback?: Written,
  ): this {
    const last = typeof chunk === 'function' ? null : chunk;
    const as = typeof chunk === 'function' || typeof encoding === 'function' ? null : encoding;
    const given = typeof chunk === 'function' ? chunk : typeof encoding === 'function' ? encoding : callback;
    const ended = typeof given === 'function' ? given : undefined;
    if (this.finished) {
      endAgain(this, last, as, ended);
      return this;
    }
    const length = last ? measure(last, as, this.end) : 0;
    if (this._isRequest && this._header !== null) this._expectContent(length > 0 || this._bytesWritten > 0);
    if (this._header === null && (this._isRequest || !this.destroyed)) measureHead(this, length);
    else if (this._header !== this[own].head || this._trailer !== '') this[own].checkByHand();
    if (length > 0 && !this._hasBody && this._refusesBody()) throw errors.hideFrames(errors.bodyNotAllowed(), this.end);
    countLast(this, length, this.end);
    if (ended !== undefined) this[own].onEnd(ended);
    this.finished = true;
    for (; this._corked > 0; this._corked--) this.socket?.uncork();
    hand(this, 'user.end', last || undefined, length, as, undefined);
    return this;
  }

  /** Sends the head without waiting for a body. */
  flushHeaders(): void {
    if (this._header === null ? !this.destroyed : this._header !== this[own].head) requireHead(this);
    this[own].call({ type: 'user.flush' }, true);
  }

  /** An outgoing message is not readable: emits 'error' with ERR_STREAM_CANNOT_PIPE. */
  override pipe(): never {
    this[own].call({ type: 'user.misused', error: errors.cannotPipe() });
    return undefined as never;
  }

  /** A rejected promise of a listener ends the message (events.captureRejections). */
  override [EventEmitter.captureRejectionSymbol](error: Error): void {
    this.destroy(error);
  }

  /** @internal */
  _makeHost(): OutgoingHost {
    return new OutgoingHost(this);
  }

  /**
   * Announces whether content of unknown length follows.
   * @internal
   */
  _expectContent(_comes: boolean): void {}

  /**
   * Whether forbidden content throws. After the head of a request it would be parsed as another request.
   * @internal
   */
  _refusesBody(): boolean {
    return this._rejectsBody || this._isRequest;
  }

  /**
   * Whether the status is 101.
   * @internal
   */
  _switchesProtocol(): boolean {
    return false;
  }

  /**
   * Fixes the head from the fields that were set.
   * @internal
   */
  _implicitHeader(): void {
    throw errors.methodNotImplemented('_implicitHeader()');
  }

  /**
   * Takes back a head that was not sent: another may be fixed.
   * @internal
   */
  _recallHead(): void {
    // The owner of the connection already knows that it closes.
    if (this._last) this.shouldKeepAlive = false;
    this._header = null;
    this._contentLength = null;
    this[own].call({ type: 'user.headRecalled' });
  }

  /**
   * All of it was given: emits 'prefinish'.
   * @internal
   */
  _finish(): void {
    announceEnd.call(this);
  }

  /** @internal */
  _storeHeader(firstLine: string, headers: Fields | GivenHeaders | null): void {
    const expects = writeHeadOf(this, firstLine, headers);
    const host = this[own];
    host.head = this._header;
    host.adoptHead(this);
    host.call({ type: 'user.head', last: this._last, bodyless: !this._hasBody, switches: this._switchesProtocol() });
    if (expects) host.call({ type: 'user.flush' }, true);
  }

  /**
   * An interim response, as text.
   * @internal
   */
  _writeRaw(data: string | Uint8Array, encoding?: BufferEncoding | null, callback?: Written | null): boolean {
    const host = this[own];
    const written = typeof callback === 'function' ? callback : undefined;
    host.call({ type: 'user.inform', chunk: data, encoding: encoding ?? 'latin1', callback: written }, true);
    return host.goesOn;
  }
}

export interface OutgoingMessageConstructor extends Statics<typeof OutgoingMessageMethods> {
  new <Request = IncomingMessage>(options?: OutgoingOptions): OutgoingMessage<Request>;
  /** Without `new`: on an instance, sets it up; on anything else, a new instance. */
  (this: unknown, options?: OutgoingOptions): OutgoingMessage;
  prototype: OutgoingMessage<Pick<IncomingMessage, 'method' | 'url'>>;
}

const makeHost = OutgoingMessageMethods.prototype._makeHost;

/** The options of Object.prototype: usually none. A comparison with them is faster than `optionOf`. */
const inherited: OutgoingOptions = Object.prototype;

/**
 * What requests of a client and responses of a server have in common.
 * Source: Node’s documentation of `http.OutgoingMessage`.
 */
export const OutgoingMessage: OutgoingMessageConstructor = callable(OutgoingMessageMethods, {
  OutgoingMessage: function (options?: OutgoingOptions): unknown {
    if (new.target === undefined && !(this instanceof OutgoingMessage) && isBare(this, OutgoingMessage))
      return create(OutgoingMessage, options);
    // A request always has listeners. An object of the program may lack our accessors.
    if (this._isRequest || !(own in this) || !isPlainEmitter()) Stream.call(this as never);
    this.outputData = [];
    this.outputSize = 0;
    this.writable = true;
    this.destroyed = false;
    this._last = false;
    this.chunkedEncoding = false;
    this.shouldKeepAlive = true;
    this.maxRequestsOnConnectionReached = false;
    this._defaultKeepAlive = true;
    this.useChunkedEncodingByDefault = true;
    this.sendDate = false;
    this._removedConnection = false;
    this._removedContLen = false;
    this._removedTE = false;
    this.strictContentLength = false;
    this._contentLength = null;
    this._hasBody = true;
    this._trailer = '';
    this.finished = false;
    this._headerSent = false;
    this._closed = false;
    this.socket = null;
    this._header = null;
    this._keepAliveTimeout = 0;
    this._fields = null;
    this._bytesWritten = 0;
    const mark = options?.highWaterMark;
    this._highWaterMark =
      (mark === inherited.highWaterMark ? optionOf(options, 'highWaterMark') : mark) ?? defaultHighWaterMark;
    this._rejectsBody = optionOf(options, 'rejectNonStandardBodyWrites') ?? false;
    // Likewise our methods.
    this[own] = (this._makeHost ?? makeHost).call(this);
  },
}) as unknown as OutgoingMessageConstructor;
absorb(OutgoingMessage, HeaderSection);
listenersByNeed(OutgoingMessage.prototype);
Object.assign(OutgoingMessage.prototype, seams, rare);
Object.defineProperty(OutgoingMessage.prototype, 'headersSent', { enumerable: true });
keepOwn(OutgoingMessage.prototype);
export interface OutgoingMessage<Request = IncomingMessage> extends OutgoingMessageMethods {
  /** Of a response: its request. */
  req: Request;
}

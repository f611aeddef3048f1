/**
 * Binds the machine of one outgoing message to the world: what the machine tells goes to the facade, what it orders is
 * carried out on the socket's writer.
 *
 * A message may write as soon as all before it have handed over their last byte (`takeTurn`); that is earlier than
 * it is given the socket (`net.attached`), and lets pipelined answers leave together. Until then its pieces wait in
 * Node's `outputData`.
 */
import type { AsyncResource } from 'node:async_hooks';
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { type Actor, start } from '../../engine/actor.js';
import { compile } from '../../engine/compile.js';
import type { OutgoingEmission, OutgoingEvent, Outlay } from '../../events/message.js';
import type { RequestEmission, RequestEvent } from '../../events/request.js';
import { atTurnEnd, throwFirst } from '../../io/clock.js';
import { type Encoding, type Sender, type Writer, type Written, writerOf } from '../../io/writer.js';
import { responseMachine } from '../../machines/response.js';
import { streamDestroyed, writeAfterEnd } from '../compat/errors.js';
import { isHeard } from '../compat/heard.js';
import { Callbacks, type Refusal, sendRefusal } from './callbacks.js';
import { forward } from './forward.js';
import type { Line, Piece } from './line.js';
import { checkByHand } from './lines.js';
import type { OutgoingMessage } from './OutgoingMessage.js';

const chart = compile(responseMachine);
const tick: OutgoingEvent = { type: 'clock.tick' };
const flush: OutgoingEvent = { type: 'user.flush' };
const full: OutgoingEvent = { type: 'net.full' };
const flushed: OutgoingEvent = { type: 'net.flushed', heard: true };
const flushedUnheard: OutgoingEvent = { type: 'net.flushed', heard: false };

export type MessageEvent = OutgoingEvent | RequestEvent;
export type MessageEmission = OutgoingEmission | RequestEmission;
type MessageChart = typeof chart;

/** Characters or bytes of a message that are kept to be sent again. */
const LONGEST_KEPT = 64 * 1024;

export class OutgoingHost implements Sender {
  readonly actor: Actor<Record<string, never>, MessageEvent, MessageEmission>;
  line: Line | undefined;
  /** The async context that listeners run in; undefined for a message made by the user. */
  scope: AsyncResource | undefined;
  /** What the last write came to: go on. */
  goesOn = false;
  /** The head as it was made: another is a program's. */
  head: string | null = null;
  /** The chunks of a corked message, to be sent as one. */
  corked: Outlay[] | undefined;
  private corkedLength = 0;
  protected readonly message: OutgoingMessage;
  protected writer: Writer | undefined;
  /** The last byte is handed over. */
  ended = false;
  /** A program has taken the socket away. */
  private hasSteppedBack = false;
  private callbacks: Callbacks | undefined;
  /** All that was written, while it may have to be written again. */
  protected sentPieces: Piece[] | undefined;
  private sentLength = 0;

  constructor(message: OutgoingMessage, machine: MessageChart = chart) {
    this.message = message;
    this.actor = start(machine, this);
  }

  deliver(emission: MessageEmission): void {
    const { message } = this;
    switch (emission.type) {
      case 'io.end':
        this.writeLast(emission.what, emission.bodyless);
        break;
      case 'io.tick':
        atTurnEnd(sendTick, this);
        break;
      case 'io.release':
        this.callbacks?.end(null);
        this.writer = undefined;
        this.line?.released(message);
        break;
      case 'io.write':
        this.writeChunk(emission.what);
        break;
      case 'io.flush':
        this.put('', 'latin1', null);
        this.writer?.uncork();
        break;
      case 'io.skip':
        this.goesOn = true;
        if (emission.what.callback) atTurnEnd(callDone, emission.what.callback);
        break;
      case 'io.last':
        this.closeBehind();
        break;
      case 'io.spoil':
        message.shouldKeepAlive = false;
        this.closeBehind();
        break;
      case 'io.destroy':
        message.socket?.destroy(message._errored ?? undefined);
        break;
      case 'io.refuse':
        this.putOffRefusal(emission.what.callback, emission.because);
        break;
      case 'io.lose':
        this.callbacks?.loseSoon(emission.all);
        break;
      case 'res.close':
      case 'req.close':
        message.destroyed = true;
        message._closed = true;
        this.callbacks?.lose();
        forward(message, emission.type);
        this.scope?.emitDestroy();
        break;
      case 'req.finish':
        this.callbacks?.end(null);
        forward(message, emission.type);
        break;
      case 'res.socket':
      case 'req.socket':
        forward(message, emission.type, message.socket);
        break;
      case 'res.error':
      case 'req.error':
        forward(message, emission.type, (emission as { error?: Error }).error);
        break;
      default:
        forward(message, emission.type);
    }
  }

  private closeBehind(): void {
    this.message._last = true;
    this.line?.last(this.message);
  }

  /** All messages before this one have handed over their last byte. */
  takeTurn(writer: Writer): void {
    this.writer = writer;
    const { message } = this;
    if (message.outputData.length === 0) return;
    const pieces = message.outputData;
    message.outputData = [];
    message.outputSize = 0;
    let goesOn = true;
    // They are what they are: the head stands where it was put, and a user who may go on isn't told to wait.
    for (const piece of pieces) {
      this.hand(piece, '', writer);
      goesOn &&= this.goesOn;
    }
    this.goesOn = goesOn;
    if (goesOn) this.actor.send({ type: 'net.drained' });
  }

  /**
   * Takes notice of a socket that was ended by others: what is written from now on is kept, and goes nowhere; and of one
   * that a program has set by hand.
   */
  checkLine(): void {
    const { message, writer } = this;
    const socket = message.socket as (Duplex & { _httpMessage?: unknown }) | null;
    if (socket === null) return;
    if (writer === undefined && this.line === undefined && socket.writable && socket._httpMessage === message) {
      this.takeTurn(writerOf(socket));
      this.actor.send({ type: 'net.attached' });
    } else if (writer !== undefined && !socket.writable && !socket.destroyed) {
      this.shut();
    }
  }

  /** A program takes the socket away: what is written is kept until it gives one back. */
  stepBack(): void {
    if (this.ended || this.writer === undefined) return;
    this.writer = undefined;
    this.hasSteppedBack = true;
  }

  comeBack(socket: Duplex): void {
    if (!this.hasSteppedBack) return;
    this.hasSteppedBack = false;
    this.takeTurn(writerOf(socket));
    if (this.ended) this.line?.ended(this.message);
  }

  /** The head that was fixed on an object whose prototype is the message is the message's, or its body would leave without. */
  adoptHead({ _header, chunkedEncoding, shouldKeepAlive, _hasBody, _contentLength, _last }: OutgoingMessage): void {
    if (_header === this.message._header) return;
    Object.assign(this.message, { _header, chunkedEncoding, shouldKeepAlive, _hasBody, _contentLength, _last });
  }

  /** Looks at a head, and at trailers, that a program has set by hand. @throws ERR_INVALID_CHAR */
  checkByHand(): void {
    const { _header, _headerSent, _trailer } = this.message;
    checkByHand(_headerSent ? '' : (_header ?? ''), _trailer);
    this.head = _header;
  }

  /** The socket takes nothing more; what it has got already leaves. */
  shut(): void {
    if (this.ended) return;
    this.writer = undefined;
    this.actor.send({ type: 'net.shut' });
  }

  sent(error: Error | null | undefined): void {
    const { message, scope, callbacks } = this;
    const fault = error ?? message.socket?.errored ?? null;
    const heard = callbacks?.awaitsEnd || isHeard(message);
    if (fault !== null) {
      if (callbacks === undefined) return;
      if (scope === undefined) callbacks.end(fault);
      else scope.runInAsyncScope(callbacks.end, callbacks, fault);
    } else if (heard && scope !== undefined) scope.runInAsyncScope(sendFlushed, undefined, this);
    else this.actor.send(heard ? flushed : flushedUnheard);
  }

  /** `callback` is called when the last byte has left, or can't leave any more. */
  onEnd(callback: Written): void {
    this.callbacks ??= new Callbacks();
    this.callbacks.oweEnd(callback);
  }

  /** The callback of something that is sent: it is called once, at the latest when the message closes. */
  owe(callback: Written | null | undefined, refusal?: Error): Written | null {
    if (!callback) return null;
    this.callbacks ??= new Callbacks();
    return this.callbacks.owe(callback, refusal);
  }

  /** Text that isn't part of the message itself, in its turn: an interim response. */
  putRaw(data: string | Uint8Array, encoding: Encoding, callback: Written | null): void {
    if (this.message.destroyed) {
      this.putOffRefusal(callback, 'destroyed');
      return;
    }
    this.checkLine();
    const owed = this.owe(callback);
    if (this.writer === undefined) {
      this.keep({ data, encoding, callback: owed });
      // Behind the socket's end it is the same what is kept: it can't leave.
      if (this.actor.matches('line.shut')) this.actor.send(flush);
    } else {
      this.goesOn = this.writer.write(data, encoding, owed ?? undefined);
      this.writer.uncork();
    }
  }

  /**
   * Hands a piece to the writer, with the head before it when that hasn't left; or keeps it until the turn comes. The last
   * one has no callback: the message is told (`sent`).
   */
  put(data: string | Uint8Array, encoding: Encoding, callback: Written | null, last = false): void {
    const { message, writer } = this;
    let text = data;
    let head = '';
    if (!message._headerSent && message._header !== null) {
      message._headerSent = true;
      if (typeof data === 'string' && this.joins(encoding)) text = message._header + data;
      else if (last && writer !== undefined) head = message._header;
      else this.put(message._header, 'latin1', null);
    }
    const piece = { data: text, encoding, callback, last };
    if (writer === undefined) this.keep(piece);
    else {
      this.hand(piece, head, writer);
      if (!last && !this.goesOn) this.actor.send(full);
    }
  }

  private hand(piece: Piece, head: string, writer: Writer): void {
    if (this.sentPieces !== undefined) this.record(piece, head);
    const { data, encoding, callback, last } = piece;
    this.goesOn = last ? writer.end(data, encoding, this, head) : writer.write(data, encoding, callback ?? undefined);
  }

  private keep(piece: Piece): void {
    const { message } = this;
    message.outputData.push(piece);
    message.outputSize += piece.data.length;
    this.goesOn = message.outputSize < message.writableHighWaterMark;
    if (!this.goesOn) this.actor.send(full);
  }

  /** What has a callback, or is long, is not sent twice. */
  private record(piece: Piece, head: string): void {
    this.sentLength += head.length + piece.data.length;
    if (piece.callback !== null || this.sentLength > LONGEST_KEPT) this.sentPieces = undefined;
    else
      this.sentPieces?.push(
        ...(head === '' ? [] : [{ data: head, encoding: 'latin1' as Encoding, callback: null }]),
        piece,
      );
  }

  private writeChunk(what: Outlay): void {
    const { message } = this;
    const chunk = what.chunk as string | Uint8Array;
    const encoding = what.encoding as Encoding;
    const callback = this.owe(what.callback);
    if (!message.chunkedEncoding || chunk.length === 0) this.put(chunk, encoding, callback);
    else if (this.corked !== undefined && message._headerSent)
      this.gather({ chunk, encoding, callback: callback ?? undefined });
    else this.putChunk(chunk, encoding, callback, '');
  }

  /** One chunk of RFC 9112 §7.1. `tail` is what follows it. */
  private putChunk(
    chunk: string | Uint8Array,
    encoding: Encoding,
    callback: Written | null,
    tail: string,
    last = false,
  ) {
    const size = (typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length).toString(16);
    if (typeof chunk === 'string' && (this.message._headerSent || this.joins(encoding))) {
      this.put(`${size}\r\n${chunk}\r\n${tail}`, encoding, callback, last);
      return;
    }
    this.put(`${size}\r\n`, 'latin1', null);
    this.put(chunk, encoding, null);
    this.put(`\r\n${tail}`, 'latin1', callback, last);
  }

  /** Whether text in that encoding may share a string with the head, whose values are latin1. */
  private joins(encoding: Encoding): boolean {
    return encoding === 'latin1' || isAscii(this.message._header as string);
  }

  private gather(what: Outlay): void {
    const corked = this.corked as Outlay[];
    corked.push(what);
    this.corkedLength += (what.chunk as string).length;
    this.goesOn = this.corkedLength < this.message.writableHighWaterMark;
    if (!this.goesOn) this.actor.send(full);
  }

  /** Sends what was gathered as one chunk. */
  uncork(): void {
    const corked = this.corked ?? [];
    this.corked = undefined;
    this.corkedLength = 0;
    if (corked.length === 0) return;
    const chunks = corked.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    );
    const callbacks = corked.flatMap(({ callback }) => callback ?? []);
    const callback = (error?: Error | null) => {
      for (const each of callbacks) each(error);
    };
    this.putChunk(Buffer.concat(chunks as Uint8Array[]), 'latin1', callbacks.length > 0 ? callback : null, '');
  }

  private writeLast(what: Outlay, bodyless: boolean): void {
    const { message } = this;
    const { chunk } = what;
    const encoding = (what.encoding ?? 'latin1') as Encoding;
    this.uncork();
    this.ended = true;
    if (bodyless) this.put('', 'latin1', null, true);
    else if (!message.chunkedEncoding) this.put(chunk ?? '', encoding, null, true);
    else {
      const tail = `0\r\n${message._trailer}\r\n`;
      if (chunk === undefined || chunk.length === 0) this.put(tail, 'latin1', null, true);
      else this.putChunk(chunk, encoding, null, tail, true);
    }
    if (this.writer !== undefined) this.line?.ended(message);
  }

  /** Too late: told when this turn is over. */
  private putOffRefusal(given: Written | null | undefined, because: 'ended' | 'destroyed'): void {
    this.goesOn = false;
    if (!given && because === 'destroyed') return;
    const error = because === 'ended' ? writeAfterEnd() : streamDestroyed('write');
    atTurnEnd(sendRefusal, { host: this, callback: this.owe(given, error), error, because });
  }

  refuse({ callback, error, because }: Refusal): void {
    callback?.(error);
    if (because === 'ended') this.actor.send({ type: 'user.misused', error });
  }
}

/** Only ASCII has as many bytes as characters in UTF-8; counting is faster than a regular expression. */
const isAscii = (text: string): boolean => Buffer.byteLength(text) === text.length;

const callDone = (callback: Written): void => callback();

function sendTick(host: OutgoingHost): void {
  throwFirst(sendTick, host);
  host.actor.send(tick);
}

function sendFlushed(host: OutgoingHost): void {
  host.actor.send(flushed);
}

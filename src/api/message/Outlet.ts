/**
 * Passes the pieces of an outgoing message to the writer of its socket, the head before the first; or, until the message may
 * write, to Node's `outputData`.
 */
import { Buffer } from 'node:buffer';
import type { OutgoingChunk } from '../../events/message.js';
import type { Encoding, Sender, Writer, Written } from '../../io/writer.js';
import type { Outgoing, Piece } from './OutgoingState.js';

/** write() has returned false. */
const REFUSED = 1;
/** The program has gone on writing nevertheless. */
const OVERRUN = 2;

/** Characters or bytes of a message that are kept to be sent again. */
const LONGEST_KEPT = 64 * 1024;

export abstract class Outlet implements Sender {
  protected readonly message: Outgoing;
  protected writer: Writer | undefined;
  /** The result of the last write: whether to go on. */
  goesOn = false;
  /** The chunks of a corked message, to be sent as one. */
  corked: OutgoingChunk[] | undefined;
  /** Their characters or bytes. */
  corkedLength = 0;
  /** Everything written, as long as it may have to be written again. */
  protected sentPieces: Piece[] | undefined;
  private sentLength = 0;
  /** How the program heeds back-pressure: 0, REFUSED or OVERRUN. */
  private pressure = 0;

  constructor(message: Outgoing) {
    this.message = message;
  }

  /** @see WrittenFacts */
  get isOverrun(): boolean {
    return this.pressure === OVERRUN;
  }

  /** What was written and not handed to a socket, in characters or bytes. */
  get kept(): number {
    return this.message.outputSize + this.corkedLength;
  }

  /** The program writes. @param isFull since the mark was reached there has been no 'drain' */
  protected notePressure(isFull: boolean): void {
    if (!isFull) this.pressure = 0;
    else if (this.pressure === REFUSED) this.pressure = OVERRUN;
  }

  /** What the program gets of its write. */
  protected noteResult(): void {
    if (this.pressure !== OVERRUN) this.pressure = this.goesOn ? 0 : REFUSED;
  }

  /** The last byte was sent, or cannot be. */
  abstract sent(error: Error | null | undefined): void;
  /** The high-water mark is reached. */
  protected abstract full(): void;

  /**
   * Hands a piece to the writer, preceded by the head if that was not sent; or keeps it until the message may write. The last
   * piece has no callback: `sent` is called. What belongs together comes without a break: who hears that the mark is reached may
   * write, or pass the turn to the next message. So only its last piece says so.
   *
   * @param isPart whether another piece follows, that belongs to this one
   */
  put(data: string | Uint8Array, encoding: Encoding, callback: Written | null, last = false, isPart = false): void {
    const { message, writer } = this;
    let text = data;
    let head = '';
    if (!message._headerSent && message._header !== null) {
      message._headerSent = true;
      if (typeof data === 'string' && this.joins(encoding)) text = message._header + data;
      else if (last && writer !== undefined) head = message._header;
      else this.put(message._header, 'latin1', null, false, true);
    }
    const piece = { data: text, encoding, callback, last };
    if (writer === undefined) this.keep(piece);
    else this.hand(piece, head, writer);
    if (!last && !isPart && !this.goesOn) this.full();
  }

  /** Hands over the kept pieces. @returns whether there were any, and the writer may go on */
  protected handKept(writer: Writer): boolean {
    const { message } = this;
    if (message.outputData.length === 0) return false;
    const pieces = message.outputData;
    message.outputData = [];
    message.outputSize = 0;
    let goesOn = true;
    // The pieces are passed on unchanged, since one of them is the head. `put` would add the head again, and stop the program.
    for (const piece of pieces) {
      this.hand(piece, '', writer);
      goesOn &&= this.goesOn;
    }
    this.goesOn = goesOn;
    return goesOn;
  }

  private hand(piece: Piece, head: string, writer: Writer): void {
    if (this.sentPieces !== undefined) this.record(piece, head);
    const { data, encoding, callback, last } = piece;
    this.goesOn = last ? writer.end(data, encoding, this, head) : writer.write(data, encoding, callback ?? undefined);
  }

  protected keep(piece: Piece): void {
    const { message } = this;
    message.outputData.push(piece);
    message.outputSize += piece.data.length;
    this.goesOn = message.outputSize < message.writableHighWaterMark;
  }

  /** Pieces with a callback, or of too great a length, are not sent again. */
  private record(piece: Piece, head: string): void {
    this.sentLength += head.length + piece.data.length;
    if (piece.callback !== null || this.sentLength > LONGEST_KEPT) this.sentPieces = undefined;
    else
      this.sentPieces?.push(
        ...(head === '' ? [] : [{ data: head, encoding: 'latin1' as Encoding, callback: null }]),
        piece,
      );
  }

  /** A part of the content, in the framing of the message. */
  protected putContent(chunk: string | Uint8Array, encoding: Encoding, callback: Written | null): void {
    const { message } = this;
    if (!message.chunkedEncoding || chunk.length === 0) this.put(chunk, encoding, callback);
    else if (this.corked !== undefined && message._headerSent)
      this.gather({ chunk, encoding, callback: callback ?? undefined });
    else this.putChunk(chunk, encoding, callback, '');
  }

  /** The last part of the content, which may be empty, and the end of the message. */
  protected putLast(chunk: string | Uint8Array | undefined, encoding: Encoding, bodyless: boolean): void {
    const { message } = this;
    this.uncork(true);
    if (bodyless) this.put('', 'latin1', null, true);
    else if (!message.chunkedEncoding) this.put(chunk ?? '', encoding, null, true);
    else {
      const tail = `0\r\n${message._trailer}\r\n`;
      if (chunk === undefined || chunk.length === 0) this.put(tail, 'latin1', null, true);
      else this.putChunk(chunk, encoding, null, tail, true);
    }
  }

  /** One chunk of RFC 9112 §7.1. `tail` is what follows it. */
  private putChunk(
    chunk: string | Uint8Array,
    encoding: Encoding,
    callback: Written | null,
    tail: string,
    last = false,
    isPart = false,
  ): void {
    const size = (typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length).toString(16);
    if (typeof chunk === 'string' && (this.message._headerSent || this.joins(encoding))) {
      this.put(`${size}\r\n${chunk}\r\n${tail}`, encoding, callback, last, isPart);
      return;
    }
    this.put(`${size}\r\n`, 'latin1', null, false, true);
    this.put(chunk, encoding, null, false, true);
    this.put(`\r\n${tail}`, 'latin1', callback, last, isPart);
  }

  /** Whether text in that encoding can be appended to the head, whose values are latin1. */
  private joins(encoding: Encoding): boolean {
    return encoding === 'latin1' || isAscii(this.message._header as string);
  }

  private gather(what: OutgoingChunk): void {
    const corked = this.corked as OutgoingChunk[];
    corked.push(what);
    this.corkedLength += (what.chunk as string).length;
    this.goesOn = this.corkedLength < this.message.writableHighWaterMark;
    if (!this.goesOn) this.full();
  }

  /** Sends the gathered chunks as one. `isPart`: the end of the message follows. */
  uncork(isPart = false): void {
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
    this.putChunk(
      Buffer.concat(chunks as Uint8Array[]),
      'latin1',
      callbacks.length > 0 ? callback : null,
      '',
      false,
      isPart,
    );
  }
}

/** In UTF-8 only ASCII has as many bytes as characters; counting is faster than a regular expression. */
const isAscii = (text: string): boolean => Buffer.byteLength(text) === text.length;

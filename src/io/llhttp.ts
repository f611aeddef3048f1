/**
 * From bytes to facts.
 *
 * `feed` reads a whole chunk and returns the facts in wire order; its caller then acts on them. So no listener runs inside the
 * parser: no exception unwinds through WebAssembly, and a listener may feed this or any other parser.
 *
 * One WebAssembly instance serves all parsers of the process, one chunk at a time.
 */
import type { Buffer } from 'node:buffer';
import {
  type KnownMessage,
  type ParseError,
  type WireFact,
  wireMalformed,
  wirePartial,
  wireUpgraded,
} from '../events/wire.js';
import { endOfKnown, endOfLine, LF, startOfContent } from './known-message.js';
import { FIELD, START, VALUE } from './llhttp-draft.js';
import {
  beginChunk,
  beginLine,
  beginPiece,
  endChunk,
  FAILED,
  FREED,
  facts,
  IN_HEAD,
  MessageReader,
  type ParserOptions,
  thrown,
  UPGRADED,
  violation,
} from './llhttp-message.js';
import { violations } from './llhttp-violations.js';
import {
  errorName,
  errorReason,
  HPE_OK,
  HPE_PAUSED_UPGRADE,
  instantiate,
  llhttp,
  type Pointer,
} from './llhttp-wasm.js';
import { parseError, repeatedError } from './parse-error.js';
import { recorder } from './record.js';

export { BODY_MAY_FOLLOW, NO_BODY, type ParserOptions, UPGRADE } from './llhttp-message.js';
export { type Leniency, setMaxIdleParsers } from './llhttp-pool.js';

/** The largest piece that llhttp reads at once: the most that Node reads from a socket. */
const PIECE_SIZE = 64 * 1024;

const CR = 13;

/** Where in llhttp's memory the pieces are put. */
let region: Pointer;
/** The memory; an empty array after a larger one has replaced it. */
let memory = new Uint8Array(0);

/** The parser that is reading. */
let active: Parser | undefined;

export class Parser extends MessageReader {
  /** For the owner: the message that is being read. */
  incoming: object | null = null;
  declare private failure: ParseError | undefined;
  /** The last message of the connection, if it was known: llhttp hasn't read it. */
  declare private unread: Buffer | undefined;

  /** A parser for a new connection. The first call compiles llhttp, which takes some milliseconds. */
  static acquire(options: ParserOptions): Parser {
    if (llhttp === undefined) start();
    return new Parser(options);
  }

  /**
   * Reads a chunk of any size.
   *
   * @returns the facts in wire order. After 'wire.malformed' every chunk causes the same fault; after 'wire.upgraded' every chunk
   * is the `rest` of another 'wire.upgraded'.
   * @throws what `decide` threw; later chunks give 'wire.malformed'
   */
  feed(chunk: Buffer): readonly WireFact[] {
    if (this.phase >= UPGRADED) return this.afterEnd(chunk);
    this.open();
    try {
      let from = this.readKnown(chunk);
      for (; from < chunk.length && this.phase < UPGRADED; from += PIECE_SIZE) this.read(chunk, from);
      if (this.phase === IN_HEAD && !this.isPartialReported) {
        this.isPartialReported = true;
        facts.push(wirePartial);
      }
      return facts;
    } catch (error) {
      this.fail(parseError('HPE_USER', 'Reading was interrupted', 0, this.keep(chunk)));
      throw error;
    } finally {
      close();
    }
  }

  /**
   * The peer will send no more.
   *
   * @returns the end of a response that is delimited by it, or 'wire.malformed' (HPE_INVALID_EOF_STATE) if a message is cut
   */
  finish(): readonly WireFact[] {
    if (this.phase >= UPGRADED) return [];
    this.open();
    try {
      const errno = llhttp.llhttp_finish(this.pointer);
      if (errno !== HPE_OK) this.fail(parseError(errorName(errno), errorReason(this.pointer), 0));
      return facts;
    } finally {
      close();
    }
  }

  /** As `close`. Programs replace this method. */
  free(): void {
    this.close();
  }

  /** Makes the parser's memory available to later connections. Feeding a freed parser throws. */
  close(): void {
    if (this.phase === FREED) return;
    if (active === this) throw new Error('A parser cannot be freed while it reads');
    this.stopIn(FREED);
    this.incoming = null;
    this.pool.giveBack(this.pointer);
  }

  private open(): void {
    if (active !== undefined) throw new Error('A parser cannot be fed while another reads');
    active = this;
    beginChunk(this.draft);
  }

  private afterEnd(chunk: Buffer): readonly WireFact[] {
    if (this.phase === FREED) throw new Error('A freed parser cannot be fed');
    return [this.failure ? wireMalformed(repeatedError(this.failure, this.keep(chunk))) : this.upgraded(chunk)];
  }

  private upgraded(rest: Buffer): WireFact {
    recorder?.left(rest);
    return wireUpgraded(this.keep(rest));
  }

  /** Reads the messages at the start of the chunk that are like the known one. @returns where they end */
  private readKnown(chunk: Buffer): number {
    let from = 0;
    for (let { known } = this; known !== undefined && this.isBetween && from < chunk.length; { known } = this) {
      let end = this.readSame(chunk, from, known);
      if (end < 0) end = this.readLine(chunk, from, known);
      if (end < 0) break;
      from = end;
    }
    return from;
  }

  /** Reads a message that is the same but for its content. @returns where it ends; -1 if it's another */
  private readSame(chunk: Buffer, from: number, known: KnownMessage): number {
    const start = startOfContent(chunk, from, known);
    // It may have been found with another limit: by another parser, or for an earlier request of a client.
    if (start < 0 || !this.fits(start - from, known)) return -1;
    if (!known.fact.head.shouldKeepAlive) return this.readLast(chunk, start, known);
    return this.addAgain(known, chunk, start) ? start + known.content : -1;
  }

  /** As `readSame`, for a message after which llhttp reads no other. */
  private readLast(chunk: Buffer, start: number, known: KnownMessage): number {
    if (known.content > 0 || !this.addAgain(known, chunk, start)) return -1;
    this.unread = known.whole;
    this.forget();
    return start;
  }

  /** llhttp reads the last message after all, since something follows. Its facts have been given. */
  private catchUp(message: Buffer): void {
    const found = facts.length;
    beginPiece(message);
    copy(message);
    llhttp.llhttp_execute(this.pointer, region, message.length);
    facts.length = found;
    this.unread = undefined;
  }

  /** Reads a request of which only the target isn't known. @returns where it ends; -1 if it's another */
  private readLine(chunk: Buffer, from: number, known: KnownMessage): number {
    // From the line alone llhttp couldn't know that it's the last.
    if (!known.fact.head.shouldKeepAlive) return -1;
    const lineEnd = endOfLine(chunk, from, known);
    if (lineEnd < 0) return -1;
    const end = endOfKnown(lineEnd, known);
    const length = end - from;
    if (length > PIECE_SIZE || !this.fits(length, known)) return -1;
    const request = length === chunk.length ? chunk : chunk.subarray(from, end);
    beginLine(request, known);
    // An empty line follows, in place of the fields.
    const line = lineEnd - from;
    copy(request);
    memory[region + line] = CR;
    memory[region + line + 1] = LF;
    this.execute(line + 2, chunk, from);
    return end;
  }

  /** Reads the piece of the chunk that begins at `from`. */
  private read(chunk: Buffer, from: number): void {
    if (this.unread !== undefined) this.catchUp(this.unread);
    const isWhole = from === 0 && chunk.length <= PIECE_SIZE;
    const piece = isWhole ? chunk : chunk.subarray(from, from + PIECE_SIZE);
    if (piece.length < this.left) {
      this.count(piece);
      return;
    }
    beginPiece(piece);
    copy(piece);
    this.execute(piece.length, chunk, from);
  }

  /** Runs llhttp over `length` bytes that were copied from the chunk's byte `from` on. */
  private execute(length: number, chunk: Buffer, from: number): void {
    let errno = llhttp.llhttp_execute(this.pointer, region, length);
    while (errno === HPE_PAUSED_UPGRADE && this.phase !== UPGRADED) errno = this.resume(length);
    if (errno !== HPE_OK) this.stop(errno, chunk, from);
    else if (this.endPiece()) {
      const { code, reason } = violations.extensionsOverflow;
      this.fail(parseError(code, reason, from + length, this.keep(chunk)));
    }
  }

  /** llhttp stops after each message that asks for an upgrade. If none was decided, the connection remains HTTP. */
  private resume(length: number): number {
    const read = llhttp.llhttp_get_error_pos(this.pointer) - region;
    llhttp.llhttp_resume_after_upgrade(this.pointer);
    return llhttp.llhttp_execute(this.pointer, region + read, length - read);
  }

  private stop(errno: number, chunk: Buffer, from: number): void {
    if (thrown !== undefined) throw thrown.value;
    const read = from + llhttp.llhttp_get_error_pos(this.pointer) - region;
    if (errno === HPE_PAUSED_UPGRADE) {
      facts.push(this.upgraded(chunk.subarray(read)));
      return;
    }
    const { code, reason } = violation ?? { code: errorName(errno), reason: errorReason(this.pointer) };
    this.fail(parseError(code, reason, read, this.keep(chunk)));
  }

  private fail(error: ParseError): void {
    this.stopIn(FAILED);
    this.failure = error;
    facts.push(wireMalformed(error));
  }
}

/** Into llhttp's memory. */
function copy(piece: Buffer): void {
  if (memory.length === 0) memory = new Uint8Array(llhttp.memory.buffer);
  memory.set(piece, region);
}

function close(): void {
  active = undefined;
  endChunk();
}

/** llhttp calls back only for the parser that is reading, which is `active`. */
function start(): void {
  instantiate({
    wasm_on_message_begin: () => active!.begin(),
    wasm_on_url: (_, at, length) => active!.span(START, at - region, length),
    wasm_on_status: (_, at, length) => active!.span(START, at - region, length),
    wasm_on_header_field: (_, at, length) => active!.span(FIELD, at - region, length),
    wasm_on_header_value: (_, at, length) => active!.span(VALUE, at - region, length),
    wasm_on_headers_complete: (_, status, upgrade, keepAlive) =>
      active!.headComplete(status, upgrade === 1, keepAlive === 1),
    wasm_on_body: (_, at, length) => active!.body(at - region, length),
    wasm_on_message_complete: () => active!.complete(),
  });
  region = llhttp.malloc(PIECE_SIZE);
}

/**
 * Bytes to facts.
 *
 * `feed` reads a whole chunk and returns what it found, in wire order; who fed it then acts on the facts. So no listener ever
 * runs inside the parser: nothing unwinds through WebAssembly, and a listener that makes another parser read, or this one, is
 * harmless.
 *
 * One WebAssembly instance serves all parsers of the process, one chunk at a time: what belongs to the chunk being read is in
 * the variables of this module, what belongs to a connection in its Parser.
 */
import { Buffer } from 'node:buffer';
import {
  type MessageHead,
  type ParseError,
  type WireFact,
  wireBody,
  wireComplete,
  wireCompleteBare,
  wireHead,
  wireMalformed,
  wirePartial,
  wireUpgraded,
} from '../events/wire.js';
import {
  Draft,
  endOfSpans,
  FIELD,
  forgetSpans,
  hasEmptyCoding,
  hasNul,
  hasSpans,
  noteSpan,
  type SpanKind,
  START,
  VALUE,
} from './llhttp-draft.js';
import { type Leniency, type ParserPool, poolOf, setMaxIdleParsers } from './llhttp-pool.js';
import {
  cString,
  HPE_OK,
  HPE_PAUSED_UPGRADE,
  HPE_USER,
  instantiate,
  type Llhttp,
  methodName,
  type Pointer,
} from './llhttp-wasm.js';
import { faultAgain, parseError, type Violation, violations } from './parse-error.js';

export { type Leniency, setMaxIdleParsers };

/** What `decide` answers: content may follow the head, none does (an answer to HEAD), the connection leaves HTTP behind it. */
export const BODY_MAY_FOLLOW = 0;
export const NO_BODY = 1;
export const UPGRADE = 2;

export interface ParserOptions {
  readonly kind: 'request' | 'response';
  /** Bytes of target, reason phrase, names and values at which a head is too large (HPE_HEADER_OVERFLOW). */
  readonly maxHeaderSize: number;
  /**
   * How many lines a head or trailers may have; 0 for no limit. More are HPE_HEADER_OVERFLOW.
   */
  readonly maxHeadersCount: number;
  /** What is read that RFC 9112 forbids. */
  readonly lenient: Leniency;
  /** What is fed is only lent: facts have copies of its bytes, instead of views. Default false. */
  readonly lent?: boolean;
  /**
   * Answers BODY_MAY_FOLLOW, NO_BODY or UPGRADE. It is called while the parser runs, so it can't feed one. What it throws is
   * thrown by `feed`.
   */
  decide(head: MessageHead): number;
}

/** Phases of a connection; in those from UPGRADED on nothing is read any more. */
const BETWEEN_MESSAGES = 0;
const IN_HEAD = 1;
const IN_BODY = 2;
const UPGRADED = 3;
const FAILED = 4;
const FREED = 5;

/** Largest piece that llhttp gets at once: what Node reads from a socket at most. */
const REGION_SIZE = 64 * 1024;

/**
 * Bytes of framing that one chunk may have. Node counts the names and values of chunk extensions, up to 16 KiB; the build of
 * llhttp used here doesn't tell them, so all bytes between the contents of two chunks are counted, with room for a size. Those
 * of the last chunk are counted only as far as they fill whole pieces.
 */
const MAX_CHUNK_FRAMING = 16 * 1024 + 32;

const NO_BYTES = Buffer.alloc(0);

let llhttp: Llhttp;
/** Where in its memory the bytes to be read are put. */
let region: Pointer;
/** The memory; an empty array when it has been replaced by a larger one. */
let memory = new Uint8Array(0);

/** The parser that reads now, if one does. */
let active: Parser | undefined;
/** The bytes it reads, and what it has found in the chunk. */
let bytes: Buffer = NO_BYTES;
let facts: WireFact[] = [];
/** Up to where `bytes` have been accounted for, in a body. */
let mark = 0;
/** What stopped llhttp, when it was a callback. */
let violation: Violation | undefined;
let thrown: { readonly value: unknown } | undefined;

export class Parser {
  /** For the owner: the message that is read. */
  incoming: object | null = null;
  // A socket has its parser for everybody to see, and what is private here is not to be walked into from there.
  readonly #options: ParserOptions;
  readonly #pool: ParserPool;
  private maxLines = 0;
  private readonly pointer: Pointer;
  private phase = BETWEEN_MESSAGES;
  private partialTold = false;
  /** Counted bytes of the head or of the trailers being read, and its lines. */
  private sectionSize = 0;
  private lines = 0;
  private isNaming = false;
  /** Bytes of framing read since the content of the last chunk. */
  private framing = 0;
  /** What earlier chunks held of the head or of the trailers being read. */
  private draft: Draft | undefined;
  private failure: ParseError | undefined;

  private constructor(options: ParserOptions) {
    if (llhttp === undefined) start();
    this.#options = options;
    this.#pool = poolOf(options.kind, options.lenient);
    this.pointer = this.#pool.take(llhttp);
  }

  /** A parser at the start of a connection. The first one compiles llhttp, some milliseconds. */
  static acquire(options: ParserOptions): Parser {
    return new Parser(options);
  }

  /**
   * Reads a chunk of any size.
   *
   * @returns the facts in wire order. Behind 'wire.malformed' every further chunk is at the same fault; behind 'wire.upgraded'
   * every further chunk is the `rest` of another.
   * @throws what `decide` threw; further chunks give 'wire.malformed'
   */
  feed(chunk: Buffer): readonly WireFact[] {
    if (this.phase >= UPGRADED) return this.afterTheEnd(chunk);
    const found = this.open();
    try {
      for (let from = 0; from < chunk.length && this.phase < UPGRADED; from += REGION_SIZE) this.read(chunk, from);
    } catch (error) {
      this.fail(parseError('HPE_USER', 'Reading was interrupted', 0, this.keep(chunk)));
      throw error;
    } finally {
      close();
    }
    if (this.phase === IN_HEAD && !this.partialTold) {
      this.partialTold = true;
      found.push(wirePartial);
    }
    return found;
  }

  /**
   * The peer will send no more.
   *
   * @returns what the end completes (a response delimited by it), or 'wire.malformed' (HPE_INVALID_EOF_STATE) when a message is cut
   */
  finish(): readonly WireFact[] {
    if (this.phase >= UPGRADED) return [];
    const found = this.open();
    try {
      const errno = llhttp.llhttp_finish(this.pointer);
      if (errno !== HPE_OK) this.fail(parseError(this.errorName(errno), this.errorReason(), 0));
    } finally {
      close();
    }
    return found;
  }

  /** As `close`; programs replace it. */
  free(): void {
    this.close();
  }

  /** Gives the parser's memory to the next connection. Feeding a freed parser throws. */
  close(): void {
    if (this.phase === FREED) return;
    if (active === this) throw new Error('A parser cannot be freed while it reads');
    this.phase = FREED;
    this.draft = undefined;
    this.incoming = null;
    this.#pool.giveBack(llhttp, this.pointer);
  }

  private open(): WireFact[] {
    if (active !== undefined) throw new Error('A parser cannot be fed while another reads');
    active = this;
    facts = [];
    forgetSpans();
    return facts;
  }

  private afterTheEnd(chunk: Buffer): readonly WireFact[] {
    if (this.phase === FREED) throw new Error('A freed parser cannot be fed');
    const rest = this.keep(chunk);
    return [this.failure ? wireMalformed(faultAgain(this.failure, rest)) : wireUpgraded(rest)];
  }

  /** Reads the piece of the chunk that begins at `from`. */
  private read(chunk: Buffer, from: number): void {
    bytes = chunk.length <= REGION_SIZE ? chunk : chunk.subarray(from, from + REGION_SIZE);
    mark = 0;
    if (memory.length === 0) memory = new Uint8Array(llhttp.memory.buffer);
    memory.set(bytes, region);
    let errno = llhttp.llhttp_execute(this.pointer, region, bytes.length);
    while (errno === HPE_PAUSED_UPGRADE && this.phase !== UPGRADED) errno = this.goOn();
    if (errno !== HPE_OK) this.stop(errno, chunk, from);
    else if (hasSpans()) this.draft = (this.draft ?? new Draft()).suspend(bytes);
    else if (this.phase === IN_BODY && this.draft === undefined) this.countFraming(chunk, from + bytes.length);
  }

  /** llhttp stops behind every message that asks for an upgrade. When none was decided, the connection still is HTTP. */
  private goOn(): number {
    const read = llhttp.llhttp_get_error_pos(this.pointer) - region;
    llhttp.llhttp_resume_after_upgrade(this.pointer);
    return llhttp.llhttp_execute(this.pointer, region + read, bytes.length - read);
  }

  private stop(errno: number, chunk: Buffer, from: number): void {
    if (thrown !== undefined) {
      const { value } = thrown;
      thrown = undefined;
      throw value;
    }
    const read = from + llhttp.llhttp_get_error_pos(this.pointer) - region;
    if (errno === HPE_PAUSED_UPGRADE) {
      facts.push(wireUpgraded(this.keep(chunk.subarray(read))));
      return;
    }
    const { code, reason } = violation ?? { code: this.errorName(errno), reason: this.errorReason() };
    violation = undefined;
    this.fail(parseError(code, reason, read, this.keep(chunk)));
  }

  /** The piece ended in a body: what it had behind the last content is framing, of a chunk not yet complete. */
  private countFraming(chunk: Buffer, read: number): void {
    this.framing += bytes.length - mark;
    if (this.framing > MAX_CHUNK_FRAMING) {
      const { code, reason } = violations.extensionsOverflow;
      this.fail(parseError(code, reason, read, this.keep(chunk)));
    }
  }

  private fail(error: ParseError): void {
    this.phase = FAILED;
    this.draft = undefined;
    this.failure = error;
    facts.push(wireMalformed(error));
  }

  private keep(view: Buffer): Buffer {
    return this.#options.lent ? Buffer.from(view) : view;
  }

  private errorName(errno: number): string {
    return cString(llhttp, llhttp.llhttp_errno_name(errno));
  }

  private errorReason(): string {
    return cString(llhttp, llhttp.llhttp_get_error_reason(this.pointer));
  }
  // What follows is called by llhttp while it reads, and by nobody else. HPE_OK goes on.

  begin(): number {
    this.phase = IN_HEAD;
    this.partialTold = false;
    this.sectionSize = 0;
    this.lines = 0;
    this.maxLines = this.#options.maxHeadersCount || Number.POSITIVE_INFINITY;
    return HPE_OK;
  }

  span(kind: SpanKind, start: number, length: number): number {
    noteSpan(kind, start, start + length);
    this.sectionSize += length;
    if (kind === FIELD && !this.isNaming) this.lines++;
    this.isNaming = kind === FIELD;
    return this.sectionSize < this.#options.maxHeaderSize && this.lines <= this.maxLines
      ? HPE_OK
      : violate(violations.headerOverflow);
  }

  headComplete(statusCode: number, upgrade: boolean, shouldKeepAlive: boolean): number {
    mark = endOfSpans();
    this.framing = 0;
    const { start, fields, section } = this.takeSection();
    const isRequest = this.#options.kind === 'request';
    if (hasEmptyCoding(fields)) return violate(violations.emptyCoding);
    if (this.#options.lenient === 'values' && hasNul(fields)) return violate(violations.nulInValue);
    const head: MessageHead = {
      method: isRequest ? methodName(llhttp, llhttp.llhttp_get_method(this.pointer)) : '',
      url: isRequest ? start : '',
      statusCode,
      statusMessage: isRequest ? '' : start,
      versionMajor: llhttp.llhttp_get_http_major(this.pointer),
      versionMinor: llhttp.llhttp_get_http_minor(this.pointer),
      rawHeaders: fields,
      section,
      shouldKeepAlive,
      upgrade,
    };
    facts.push(wireHead(head));
    return this.decided(head);
  }

  body(start: number, length: number): number {
    if (this.framing + start - mark > MAX_CHUNK_FRAMING) return violate(violations.extensionsOverflow);
    this.framing = 0;
    mark = start + length;
    facts.push(wireBody(this.keep(length === bytes.length ? bytes : bytes.subarray(start, mark))));
    return HPE_OK;
  }

  complete(): number {
    if (this.phase === UPGRADED) return HPE_OK;
    this.phase = BETWEEN_MESSAGES;
    const trailers = hasSpans() || this.draft ? this.takeSection().fields : undefined;
    if (trailers !== undefined && this.#options.lenient === 'values' && hasNul(trailers))
      return violate(violations.nulInValue);
    facts.push(trailers === undefined ? wireCompleteBare : wireComplete(trailers));
    return HPE_OK;
  }

  private decided(head: MessageHead): number {
    try {
      const answer = this.#options.decide(head);
      this.phase = answer === UPGRADE ? UPGRADED : IN_BODY;
      return answer;
    } catch (value) {
      thrown = { value };
      return HPE_USER;
    }
  }

  /** The head or the trailers, complete. */
  private takeSection(): Draft {
    const section = (this.draft ?? new Draft()).complete(bytes);
    this.draft = undefined;
    this.sectionSize = 0;
    this.lines = 0;
    return section;
  }
}

function close(): void {
  active = undefined;
  bytes = NO_BYTES;
  facts = [];
}

/** Makes llhttp stop, for a reason of ours. */
function violate(rule: Violation): number {
  violation = rule;
  return HPE_USER;
}

/** llhttp calls back for the parser that reads, which is never another than `active`. */
function start(): void {
  llhttp = instantiate({
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
  region = llhttp.malloc(REGION_SIZE);
}

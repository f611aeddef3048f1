/**
 * The messages of a connection: from llhttp's callbacks to facts.
 *
 * llhttp reads one chunk at a time. State of the chunk is in variables of this module, state of a connection in its reader.
 */
import { Buffer } from 'node:buffer';
import {
  type KnownMessage,
  type KnownSection,
  type MessageHead,
  type WireFact,
  wireBody,
  wireComplete,
  wireCompleteBare,
  wireHead,
} from '../events/wire.js';
import { recallMessage, rememberMessage } from './known-message.js';
import {
  beginSpans,
  Draft,
  endOfSpans,
  hasSpans,
  lines,
  noteSpan,
  type SpanKind,
  size,
  startOfSpans,
} from './llhttp-draft.js';
import { type Leniency, type ParserPool, poolOf } from './llhttp-pool.js';
import { hasEmptyCoding, hasNul, MAX_CHUNK_FRAMING, type Violation, violations } from './llhttp-violations.js';
import { contentLeft, countContent, HPE_OK, HPE_USER, llhttp, methodName, type Pointer } from './llhttp-wasm.js';
import { keepFreedMemory, LARGE_PIECE } from './malloc.js';
import { asked, recorder } from './record.js';
import { NO_SECTION, sectionNumbered } from './recurring.js';

/** Results of `decide`. */
export const BODY_MAY_FOLLOW = 0;
/** No body follows the head, as in a response to HEAD. */
export const NO_BODY = 1;
/** The connection leaves HTTP after the head. */
export const UPGRADE = 2;

export interface ParserOptions {
  readonly kind: 'request' | 'response';
  /** A head with this many bytes of target, reason phrase, names and values, or more, is HPE_HEADER_OVERFLOW. */
  readonly maxHeaderSize: number;
  /** A head or trailers with more lines are HPE_HEADER_OVERFLOW; 0 for no limit. */
  readonly maxHeadersCount: number;
  /** The lines of a head over the limit are left out of `heeded` instead, and trailers have no limit. Default false. */
  readonly ignoresExcess?: boolean;
  /** Which faults are accepted although RFC 9112 forbids them. */
  readonly lenient: Leniency;
  /** Chunks are only lent: facts contain copies of their bytes instead of views. Default false. */
  readonly lent?: boolean;
  /** The rest of the message that is being read is dropped: its content need not be copied. Default false. */
  readonly discards?: boolean;
  /**
   * Returns BODY_MAY_FOLLOW, NO_BODY or UPGRADE. It is called while the parser runs, so it can't feed a parser. `feed` throws
   * what it throws. For a request without `upgrade` it need not be called, and for a response it may be called twice.
   */
  decide(head: MessageHead): number;
}

/** Phases of a connection. From UPGRADED on nothing is read. */
const BETWEEN_MESSAGES = 0;
export const IN_HEAD = 1;
const IN_BODY = 2;
export const UPGRADED = 3;
export const FAILED = 4;
export const FREED = 5;

const NO_BYTES = Buffer.alloc(0);

/** The piece of the chunk that is being read. */
let bytes: Buffer = NO_BYTES;
/** What was found in the chunk. */
export let facts: WireFact[] = [];
/** The message began in an earlier chunk. */
let isContinued = false;
/** In a body: where framing begins in the piece, after the head or the last content. */
let mark = 0;
/** The head of the message, if one like it may come again. */
let candidate: MessageHead | undefined;
/** Where its target or reason phrase begins in the piece, where its fields end, and the length of its content. */
let startOfText = 0;
let fieldsEnd = 0;
let contentLength = 0;
/** The fields of the request whose line alone is read. */
let given: KnownSection | undefined;
/** Why a callback stopped llhttp. */
export let violation: Violation | undefined;
export let thrown: { readonly value: unknown } | undefined;

/** @param draft what was read of the section that continues */
export function beginChunk(draft: Draft | undefined): void {
  facts = [];
  isContinued = true;
  beginSpans(draft);
}

export function beginPiece(piece: Buffer): void {
  bytes = piece;
  mark = 0;
  candidate = undefined;
}

/** The piece is a known request: llhttp reads its line alone. */
export function beginLine(piece: Buffer, { fact }: KnownMessage): void {
  beginPiece(piece);
  given = fact.head.section;
}

export function endChunk(): void {
  bytes = NO_BYTES;
  facts = [];
  given = undefined;
  violation = undefined;
  thrown = undefined;
}

/** The length of what ends a head. */
const EMPTY_LINE = 4;

/** Stops llhttp for a violation. */
function violate(rule: Violation): number {
  violation = rule;
  return HPE_USER;
}

export abstract class MessageReader {
  // Truly private: sockets expose their parser, and printing one must not lead into the host.
  readonly #options: ParserOptions;
  protected readonly pointer: Pointer;
  protected phase = BETWEEN_MESSAGES;
  /** 'wire.partial' was reported for this head. */
  protected isPartialReported = false;
  /** Bytes that follow of the content in whose middle the last piece ended; 0 if it didn't, or if nobody knows. */
  protected left = 0;
  /** Bytes of framing since the content of the last chunk. */
  private framing = 0;
  /** The text of the current head or trailers from earlier pieces. */
  protected draft: Draft | undefined;
  /** The number of the section with the message that the peer may send again. An idle connection doesn't keep it in memory. */
  private knownSection: number;

  protected constructor(options: ParserOptions) {
    this.#options = options;
    const { pool } = this;
    this.pointer = pool.take();
    this.knownSection = pool.latest;
  }

  protected get pool(): ParserPool {
    return poolOf(this.#options.kind, this.#options.lenient);
  }

  /** No message has begun that is not whole. */
  get isBetween(): boolean {
    return this.phase === BETWEEN_MESSAGES;
  }

  /** A view of the chunk that may be kept. */
  protected keep(view: Buffer): Buffer {
    return this.#options.lent ? Buffer.from(view) : view;
  }

  /** Whether a head of this length, with the known fields, has surely neither too many bytes nor too many lines. */
  protected fits(length: number, { fact }: KnownMessage): boolean {
    const { maxHeaderSize, maxHeadersCount } = this.#options;
    return length < maxHeaderSize && (maxHeadersCount === 0 || fact.head.rawHeaders.length <= 2 * maxHeadersCount);
  }

  /** What the peer has sent, and may send again. */
  protected get known(): KnownMessage | undefined {
    return sectionNumbered(this.knownSection)?.message;
  }

  /** Nothing that the peer sends next is known. */
  protected forget(): void {
    this.knownSection = NO_SECTION;
  }

  /**
   * The peer has sent the head of the known message again.
   * @param start where its content begins
   * @returns false if what follows isn't its content, as after HEAD
   */
  protected addAgain({ fact, content }: KnownMessage, chunk: Buffer, start: number): boolean {
    const { head } = fact;
    if (head.statusCode !== 0 && this.#options.decide(head) !== BODY_MAY_FOLLOW) return false;
    isContinued = false;
    if (content === 0 && facts.length === 0) {
      // Most often the chunk has no more, and a list that grows takes room for 17.
      facts = [fact, wireCompleteBare];
      return true;
    }
    facts.push(fact);
    if (content > 0) this.addContent(chunk.subarray(start, start + content));
    facts.push(wireCompleteBare);
    return true;
  }

  /** A piece of nothing but content, after which more follows. llhttp doesn't see it. */
  protected count(piece: Buffer): void {
    this.left -= piece.length;
    countContent(this.pointer, piece.length);
    this.addContent(piece);
  }

  private addContent(content: Buffer): void {
    if (content.length >= LARGE_PIECE) keepFreedMemory();
    if (recorder !== undefined) recorder.content(content);
    facts.push(wireBody(isContinued && asked(this.#options.discards === true) ? content : this.keep(content)));
  }

  /** The piece was read to its end. @returns whether the framing of a chunk is too long */
  protected endPiece(): boolean {
    this.left = this.phase === IN_BODY && mark === bytes.length ? contentLeft(this.pointer) : 0;
    if (candidate !== undefined && this.isBetween) {
      if (given !== undefined) fieldsEnd = bytes.length - EMPTY_LINE;
      const known =
        recallMessage(candidate) ?? rememberMessage(candidate, bytes, startOfText, fieldsEnd, contentLength);
      const number = known?.fact.head.section?.number ?? NO_SECTION;
      if (candidate.shouldKeepAlive) this.knownSection = number;
      this.pool.latest = number;
    }
    given = undefined;
    if (hasSpans()) this.draft = (this.draft ?? new Draft()).suspend(bytes);
    else if (this.phase === IN_BODY && this.draft === undefined) {
      this.framing += bytes.length - mark;
      return this.framing > MAX_CHUNK_FRAMING;
    }
    return false;
  }

  /** Ends reading: nothing more is read in this phase. */
  protected stopIn(phase: number): void {
    this.phase = phase;
    this.draft = undefined;
  }

  // llhttp alone calls the methods that follow. HPE_OK continues.

  begin(): number {
    this.phase = IN_HEAD;
    isContinued = false;
    this.isPartialReported = false;
    return HPE_OK;
  }

  span(kind: SpanKind, start: number, length: number): number {
    noteSpan(kind, start, start + length);
    return size < this.#options.maxHeaderSize && lines <= this.maxLines ? HPE_OK : violate(violations.headerOverflow);
  }

  /** How many lines a head or trailers may have. */
  private get maxLines(): number {
    const { maxHeadersCount, ignoresExcess } = this.#options;
    return (!ignoresExcess && maxHeadersCount) || Number.POSITIVE_INFINITY;
  }

  headComplete(statusCode: number, upgrade: boolean, shouldKeepAlive: boolean): number {
    mark = endOfSpans();
    startOfText = startOfSpans();
    fieldsEnd = mark;
    contentLength = 0;
    this.framing = 0;
    const { start, fields, section } = this.takeHead();
    const isRequest = this.#options.kind === 'request';
    if (hasEmptyCoding(fields)) return violate(violations.emptyCoding);
    if (this.#options.lenient === 'values' && hasNul(fields)) return violate(violations.nulInValue);
    const heeded = this.heededOf(fields);
    const head: MessageHead = {
      method: isRequest ? methodName(llhttp.llhttp_get_method(this.pointer)) : '',
      url: isRequest ? start : '',
      statusCode,
      statusMessage: isRequest ? '' : start,
      versionMajor: llhttp.llhttp_get_http_major(this.pointer),
      versionMinor: llhttp.llhttp_get_http_minor(this.pointer),
      rawHeaders: fields,
      heeded,
      section: heeded === fields ? section : undefined,
      shouldKeepAlive,
      upgrade,
    };
    facts.push(wireHead(head));
    // Nothing may follow, whatever it is.
    if (!shouldKeepAlive) this.forget();
    const decision = this.decideOn(head);
    candidate = decision === BODY_MAY_FOLLOW && this.mayComeAgain(head) ? head : undefined;
    return decision;
  }

  body(start: number, length: number): number {
    if (this.framing + start - mark > MAX_CHUNK_FRAMING) return violate(violations.extensionsOverflow);
    this.framing = 0;
    mark = start + length;
    contentLength += length;
    this.addContent(length === bytes.length ? bytes : bytes.subarray(start, mark));
    return HPE_OK;
  }

  complete(): number {
    if (this.phase === UPGRADED) return HPE_OK;
    this.phase = BETWEEN_MESSAGES;
    const trailers = hasSpans() || this.draft ? this.takeSection().fields : undefined;
    // For llhttp, a Connection field among them ends the connection.
    if (trailers !== undefined) this.forget();
    if (trailers !== undefined && this.#options.lenient === 'values' && hasNul(trailers))
      return violate(violations.nulInValue);
    facts.push(trailers === undefined ? wireCompleteBare : wireComplete(trailers));
    return HPE_OK;
  }

  private heededOf(fields: string[]): readonly string[] {
    const { ignoresExcess, maxHeadersCount } = this.#options;
    const isCut = ignoresExcess && maxHeadersCount > 0 && fields.length > 2 * maxHeadersCount;
    return isCut ? fields.slice(0, 2 * Math.floor(maxHeadersCount)) : fields;
  }

  /** Of what is read leniently, nothing is known. */
  private mayComeAgain({ section, upgrade }: MessageHead): boolean {
    return section !== undefined && !upgrade && this.#options.lenient === false;
  }

  private decideOn(head: MessageHead): number {
    try {
      const decision = given === undefined ? this.#options.decide(head) : BODY_MAY_FOLLOW;
      this.phase = decision === UPGRADE ? UPGRADED : IN_BODY;
      return decision;
    } catch (value) {
      thrown = { value };
      return HPE_USER;
    }
  }

  /** The complete head. */
  private takeHead(): Pick<Draft, 'start' | 'fields' | 'section'> {
    const read = this.takeSection();
    return given === undefined ? read : { start: read.start, fields: given.fields.slice(), section: given };
  }

  /** The complete head or trailers. */
  private takeSection(): Draft {
    const section = (this.draft ?? new Draft()).complete(bytes);
    this.draft = undefined;
    return section;
  }
}

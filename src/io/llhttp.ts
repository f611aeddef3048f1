/**
 * Bytes to facts.
 *
 * `feed` reads a whole chunk and returns what it found, in wire order; who fed it then acts on the facts. So no listener ever
 * runs inside the parser: nothing unwinds through WebAssembly, and a listener that makes another parser, or this one, read is
 * harmless.
 *
 * One WebAssembly instance serves all parsers of the process, one chunk at a time: what belongs to the chunk being read is in
 * the variables of this module, what belongs to a connection in its Parser.
 */
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
import { Draft, FIELD, forgetSpans, hasSpans, noteSpan, START, VALUE } from './llhttp-draft.js';
import {
  cString,
  HPE_OK,
  HPE_PAUSED_UPGRADE,
  HPE_USER,
  instantiate,
  type Llhttp,
  type Pointer,
  REQUEST,
  RESPONSE,
} from './llhttp-wasm.js';
import { parseError } from './parse-error.js';

/** What `decide` answers about the message whose head is complete. */
export const BODY_MAY_FOLLOW = 0;
export const NO_BODY = 1;
export const UPGRADE = 2;

export interface ParserOptions {
  readonly kind: 'request' | 'response';
  /** Bytes of target, reason phrase, names and values of one head, from which on it is too large. */
  readonly maxHeaderSize: number;
  /** Header lines after which the rest is dropped, rounded up to the next 31 as Node does; 0 for no limit. */
  readonly maxHeadersCount: number;
  /** Read what `insecureHTTPParser` lets through. */
  readonly lenient: boolean;
  /**
   * Called while the parser runs, so it must not feed any: 0 a body may follow, 1 there is none (an answer to HEAD),
   * 2 the connection leaves HTTP behind this head. What it throws is thrown by `feed`.
   */
  decide(head: MessageHead): number;
}

const BETWEEN_MESSAGES = 0;
const IN_HEAD = 1;
const IN_BODY = 2;
const UPGRADED = 3;
const FAILED = 4;
const FREED = 5;

/** Largest piece handed to llhttp at once: what Node reads from a socket at most. */
const REGION_SIZE = 64 * 1024;

/** Pairs that Node hands from its parser to JavaScript at once; its limit of headers is looked at in between. */
const NODE_HEADER_BATCH = 31;

let llhttp: Llhttp;
/** Where the bytes to be read are put. */
let region: Pointer;
/** The memory as bytes; another object when the memory has grown. */
let memory = new Uint8Array(0);

/** The parser that reads now, if one does. */
let active: Parser | undefined;
/** The bytes it reads, and what it has found in them. */
let bytes: Buffer;
let facts: WireFact[];
/** What stopped it, when it wasn't llhttp. */
let violation: { readonly code: string; readonly reason: string } | undefined;
let thrown: { readonly value: unknown } | undefined;

const HEADER_OVERFLOW = { code: 'HPE_HEADER_OVERFLOW', reason: 'Header overflow' };

export class Parser {
  private readonly options: ParserOptions;
  private readonly pool: Pointer[];
  private readonly at: Pointer;
  private phase = BETWEEN_MESSAGES;
  private partialTold = false;
  /** Counted bytes of the section being read. */
  private sectionSize = 0;
  /** What earlier chunks held of the section being read. */
  private draft: Draft | undefined;
  private failure: ParseError | undefined;

  private constructor(options: ParserOptions) {
    this.options = options;
    this.pool = poolFor(options);
    this.at = takeFrom(this.pool, options);
  }

  /** A parser at the start of a connection. */
  static acquire(options: ParserOptions): Parser {
    return new Parser(options);
  }

  /**
   * Reads a chunk.
   *
   * @returns the facts in wire order. After 'wire.malformed' every later chunk gives that fact again, after 'wire.upgraded'
   * every later chunk is the `rest` of another.
   * @throws what `decide` threw
   */
  feed(chunk: Buffer): readonly WireFact[] {
    if (this.phase >= UPGRADED) return this.afterTheEnd(chunk);
    const found = this.open();
    try {
      for (let start = 0; start < chunk.length && this.phase < UPGRADED; start += REGION_SIZE) {
        this.read(chunk, start);
      }
    } finally {
      this.close();
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
   * @returns what the end completes (a response delimited by it), or 'wire.malformed' when it cuts a message
   */
  finish(): readonly WireFact[] {
    if (this.phase >= UPGRADED) return [];
    const found = this.open();
    try {
      const errno = llhttp.llhttp_finish(this.at);
      if (errno !== HPE_OK) this.fail(parseError(cString(llhttp, llhttp.llhttp_errno_name(errno)), this.reason(), 0));
    } finally {
      this.close();
    }
    return found;
  }

  /** Gives the memory back. The parser reads no more. */
  free(): void {
    if (this.phase === FREED) return;
    if (this === active) throw new Error('A parser cannot be freed while it reads');
    this.phase = FREED;
    this.draft = undefined;
    giveBack(this.pool, this.at);
  }

  private open(): WireFact[] {
    if (active !== undefined) throw new Error('A parser cannot be fed while another reads');
    active = this;
    facts = [];
    return facts;
  }

  private close(): void {
    active = undefined;
    if (thrown === undefined) return;
    const { value } = thrown;
    thrown = undefined;
    throw value;
  }

  private afterTheEnd(chunk: Buffer): readonly WireFact[] {
    if (this.phase === FREED) throw new Error('A freed parser cannot be fed');
    return [this.failure ? wireMalformed(this.failure) : wireUpgraded(chunk)];
  }

  /** Reads the piece of the chunk that begins at `start`. */
  private read(chunk: Buffer, start: number): void {
    bytes = chunk.length <= REGION_SIZE ? chunk : chunk.subarray(start, start + REGION_SIZE);
    copyIn(bytes);
    let errno = llhttp.llhttp_execute(this.at, region, bytes.length);
    while (errno === HPE_PAUSED_UPGRADE && this.phase !== UPGRADED) errno = this.goOn();
    if (errno !== HPE_OK) this.stop(errno, chunk, start);
    else if (hasSpans()) {
      this.draft ??= new Draft();
      this.draft.absorb(bytes);
    }
  }

  /** llhttp stops behind every message that asks for an upgrade; when none was decided the connection is still HTTP. */
  private goOn(): number {
    const read = llhttp.llhttp_get_error_pos(this.at) - region;
    llhttp.llhttp_resume_after_upgrade(this.at);
    return llhttp.llhttp_execute(this.at, region + read, bytes.length - read);
  }

  private stop(errno: number, chunk: Buffer, start: number): void {
    forgetSpans();
    const read = start + llhttp.llhttp_get_error_pos(this.at) - region;
    if (errno === HPE_PAUSED_UPGRADE) {
      facts.push(wireUpgraded(chunk.subarray(read)));
      return;
    }
    const code = violation?.code ?? cString(llhttp, llhttp.llhttp_errno_name(errno));
    const reason = violation?.reason ?? this.reason();
    violation = undefined;
    this.fail(parseError(code, reason, read, chunk));
  }

  private reason(): string {
    return cString(llhttp, llhttp.llhttp_get_error_reason(this.at));
  }

  private fail(error: ParseError): void {
    this.phase = FAILED;
    this.draft = undefined;
    this.failure = error;
    facts.push(wireMalformed(error));
  }

  // What llhttp calls while it reads.

  begin(): number {
    this.phase = IN_HEAD;
    this.partialTold = false;
    this.sectionSize = 0;
    return HPE_OK;
  }

  span(kind: typeof START | typeof FIELD | typeof VALUE, start: number, length: number): number {
    noteSpan(kind, start, start + length);
    this.sectionSize += length;
    if (this.sectionSize < this.options.maxHeaderSize) return HPE_OK;
    violation = HEADER_OVERFLOW;
    return HPE_USER;
  }

  headComplete(statusCode: number, upgrade: boolean, shouldKeepAlive: boolean): number {
    const { start, rawHeaders } = this.takeSection();
    const isRequest = this.options.kind === 'request';
    const head: MessageHead = {
      method: isRequest ? methodName(llhttp.llhttp_get_method(this.at)) : '',
      url: isRequest ? start : '',
      statusCode,
      statusMessage: isRequest ? '' : start,
      versionMajor: llhttp.llhttp_get_http_major(this.at),
      versionMinor: llhttp.llhttp_get_http_minor(this.at),
      rawHeaders,
      shouldKeepAlive,
      upgrade,
    };
    facts.push(wireHead(head));
    return this.decided(head);
  }

  body(start: number, length: number): number {
    facts.push(wireBody(length === bytes.length ? bytes : bytes.subarray(start, start + length)));
    return HPE_OK;
  }

  complete(): number {
    if (this.phase === UPGRADED) return HPE_OK;
    this.phase = BETWEEN_MESSAGES;
    facts.push(hasSpans() || this.draft ? wireComplete(this.takeSection().rawHeaders) : wireCompleteBare);
    return HPE_OK;
  }

  private decided(head: MessageHead): number {
    try {
      const answer = this.options.decide(head);
      this.phase = answer === UPGRADE ? UPGRADED : IN_BODY;
      return answer;
    } catch (value) {
      thrown = { value };
      return HPE_USER;
    }
  }

  private takeSection(): { start: string; rawHeaders: string[] } {
    const draft = (this.draft ?? new Draft()).absorb(bytes);
    this.draft = undefined;
    this.sectionSize = 0;
    const rawHeaders = draft.close();
    const { maxHeadersCount } = this.options;
    if (maxHeadersCount > 0) {
      const kept = 2 * NODE_HEADER_BATCH * Math.ceil(maxHeadersCount / NODE_HEADER_BATCH);
      if (rawHeaders.length > kept) rawHeaders.length = kept;
    }
    return { start: draft.start, rawHeaders };
  }
}

const methods: string[] = [];

function methodName(number: number): string {
  methods[number] ??= cString(llhttp, llhttp.llhttp_method_name(number));
  return methods[number];
}

function copyIn(piece: Buffer): void {
  if (memory.length === 0) memory = new Uint8Array(llhttp.memory.buffer);
  memory.set(piece, region);
}

/** The instance calls these for the parser that reads, which is never another than `active`. */
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

/** Parsers of llhttp that wait for a connection, by what can't be changed in them without cost: their kind and leniency. */
const idle = { strictRequest: [], strictResponse: [], lenientRequest: [], lenientResponse: [] } as Record<
  string,
  Pointer[]
>;
let maxIdle = 1000;
let idleCount = 0;

/** @param max most parsers kept for later connections; 1000 unless set */
export function setMaxIdleParsers(max: number): void {
  maxIdle = max;
}

function poolFor({ kind, lenient }: ParserOptions): Pointer[] {
  if (kind === 'request') return lenient ? idle['lenientRequest']! : idle['strictRequest']!;
  return lenient ? idle['lenientResponse']! : idle['strictResponse']!;
}

function takeFrom(pool: Pointer[], { kind, lenient }: ParserOptions): Pointer {
  if (llhttp === undefined) start();
  const kept = pool.pop();
  if (kept !== undefined) {
    idleCount--;
    return kept;
  }
  const fresh = llhttp.llhttp_alloc(kind === 'request' ? REQUEST : RESPONSE);
  if (lenient) setLenient(fresh);
  return fresh;
}

function giveBack(pool: Pointer[], parser: Pointer): void {
  if (idleCount >= maxIdle) {
    llhttp.llhttp_free(parser);
    return;
  }
  llhttp.llhttp_reset(parser);
  pool.push(parser);
  idleCount++;
}

function setLenient(parser: Pointer): void {
  llhttp.llhttp_set_lenient_headers(parser, 1);
  llhttp.llhttp_set_lenient_chunked_length(parser, 1);
  llhttp.llhttp_set_lenient_keep_alive(parser, 1);
  llhttp.llhttp_set_lenient_transfer_encoding(parser, 1);
  llhttp.llhttp_set_lenient_version(parser, 1);
  llhttp.llhttp_set_lenient_data_after_close(parser, 1);
  llhttp.llhttp_set_lenient_optional_lf_after_cr(parser, 1);
  llhttp.llhttp_set_lenient_optional_crlf_after_chunk(parser, 1);
  llhttp.llhttp_set_lenient_optional_cr_before_lf(parser, 1);
  llhttp.llhttp_set_lenient_spaces_after_chunk_size(parser, 1);
}
